-- Contract, rejected rows: the key is neither created, nor updated, nor deleted.
with rejected_users as (

    select distinct mail from {{ ref('int_users_rejected') }}

),

rejected_axis_values as (

    select distinct
        scope,
        company_uuid,
        code
    from {{ ref('int_axis_values_rejected') }}

),

users as (

    select
        'users' {{ exact() }} as scope,
        users.mail as entity_key,
        users.action
    from {{ ref('diff_users') }} as users
    inner join rejected_users on users.mail = rejected_users.mail

),

axis_values as (

    select
        axis_values.scope,
        axis_values.entity_key,
        axis_values.action
    from {{ ref('diff_axis_values') }} as axis_values
    inner join rejected_axis_values
        on
            axis_values.scope = rejected_axis_values.scope
            and axis_values.company_uuid = rejected_axis_values.company_uuid
            and axis_values.code = rejected_axis_values.code

),

found as (

    select * from users
    union all
    select * from axis_values

)

select * from found
