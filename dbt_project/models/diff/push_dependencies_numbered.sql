-- Grain: one row per row of push_dependencies, with places in the plan instead of keys, and both priorities: what
-- push_selection walks by. A recursion goes row by row on some engines, and finds the next row only by an index
-- that text of any length cannot have.
{{ config(post_hook=["{{ index_on(this, ['sequence']) }}", "{{ index_on(this, ['depends_on_sequence']) }}"]) }}

with dependencies as (

    select * from {{ ref('push_dependencies') }}

),

changes as (

    select * from {{ ref('push_changes') }}

),

scopes as (

    select * from {{ ref('run_scopes') }}

),

priorities as (

    select * from {{ ref('push_priorities') }}

),

prioritized as (

    select
        changes.sequence,
        changes.scope,
        changes.entity_key,
        changes.decision,
        priorities.priority
    from changes
    inner join scopes on changes.scope = scopes.scope
    inner join priorities
        on
            scopes.resource = priorities.resource
            and changes.action = priorities.action

),

final as (

    select
        dependents.sequence,
        dependents.priority,
        {{ flag("dependents.decision = 'send'") }} as is_to_send,
        prerequisites.sequence as depends_on_sequence,
        prerequisites.priority as depends_on_priority,
        {{ flag("prerequisites.decision = 'send'") }} as is_prerequisite_to_send
    from dependencies
    inner join prioritized as dependents
        on
            dependencies.scope = dependents.scope
            and dependencies.entity_key = dependents.entity_key
    left join prioritized as prerequisites
        on
            dependencies.depends_on_scope = prerequisites.scope
            and dependencies.depends_on_key = prerequisites.entity_key

)

select * from final
