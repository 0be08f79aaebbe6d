-- The pusher looks for the result of what a change depends on when it comes to it: what comes later has none yet.
with dependencies as (

    select * from {{ ref('push_dependencies') }}

),

changes as (

    select * from {{ ref('push_changes') }}

),

found as (

    select
        dependencies.*,
        dependents.sequence,
        prerequisites.sequence as depends_on_sequence
    from dependencies
    left join changes as dependents
        on
            dependencies.scope = dependents.scope
            and dependencies.entity_key = dependents.entity_key
    left join changes as prerequisites
        on
            dependencies.depends_on_scope = prerequisites.scope
            and dependencies.depends_on_key = prerequisites.entity_key
    where
        dependents.sequence is null
        or prerequisites.sequence >= dependents.sequence

)

select * from found
