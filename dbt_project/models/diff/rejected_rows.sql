-- Grain: one row per row that is held back, of Agresso or of N2F: nothing is sent for its key.
with scopes as (

    select * from {{ ref('run_scopes') }}
    where is_selected = 1

),

users as (

    select
        'users' {{ exact() }} as scope,
        mail as entity_key,
        reason,
        detail,
        source
    from {{ ref('int_users_rejected') }}

),

axis_values as (

    select
        scope,
        entity_key,
        reason,
        detail,
        source
    from {{ ref('int_axis_values_rejected') }}

),

unioned as (

    select * from users
    union all
    select * from axis_values

),

selected as (

    select unioned.*
    from unioned
    inner join scopes on unioned.scope = scopes.scope

)

select * from selected
