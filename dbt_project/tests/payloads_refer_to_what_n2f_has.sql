-- References of the payloads: company, role and profile are N2F's own, and a manager is or will be a user of N2F.
with users as (

    select * from {{ ref('diff_users') }}
    where is_in_agresso = 1

),

axis_values as (

    select * from {{ ref('diff_axis_values') }}
    where is_in_agresso = 1

),

companies as (

    select * from {{ ref('stg_n2f__companies') }}

),

role_names as (

    select distinct french_name from {{ ref('stg_n2f__role_names') }}

),

profile_names as (

    select distinct french_name from {{ ref('stg_n2f__profile_names') }}

),

managers as (

    select mail from {{ ref('int_users_desired') }}
    union
    select mail from {{ ref('int_users_current') }}

),

found as (

    select
        'users' {{ exact() }} as scope,
        users.mail as entity_key
    from users
    left join companies on users.company_new = companies.company_uuid
    left join role_names on users.role_new = role_names.french_name
    left join profile_names on users.profile_new = profile_names.french_name
    left join managers on users.managerMail_new = managers.mail
    where
        companies.company_uuid is null
        or role_names.french_name is null
        or profile_names.french_name is null
        or (users.managerMail_new is not null and managers.mail is null)

    union all

    select
        axis_values.scope,
        axis_values.entity_key
    from axis_values
    left join companies on axis_values.company_uuid = companies.company_uuid
    where companies.company_uuid is null

)

select * from found
