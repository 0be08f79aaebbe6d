-- What the diffs show and the scoping lets through is a row of the plan: no join may lose a change.
with scopes as (

    select * from {{ ref('run_scopes') }}
    where is_selected = 1

),

changes as (

    select * from {{ ref('push_changes') }}

),

shown as (

    select
        'users' {{ exact() }} as scope,
        mail as entity_key,
        action,
        is_in_scope
    from {{ ref('diff_users') }}

    union all

    select
        scope,
        entity_key,
        action,
        is_in_scope
    from {{ ref('diff_axis_values') }}

),

found as (

    select shown.*
    from shown
    inner join scopes on shown.scope = scopes.scope
    left join changes
        on
            shown.scope = changes.scope
            and shown.entity_key = changes.entity_key
            and shown.action = changes.action
    where
        shown.action <> 'none'
        and shown.is_in_scope = 1
        and changes.entity_key is null

)

select * from found
