-- Grain: one row per change that is to be sent and can be, with the rank by which changes are chosen when not all fit
-- into a run (`--max-writes`, `--until`): the first N ranks are the N to send, in the order of push_changes.
-- Every change comes right after all that it depends on, so that whatever number is chosen, nothing is chosen without
-- what it waits for. What waits for a change that is not sent, itself or through others, is skipped without a call, and
-- has no row.
with {{ recursive() }} changes as (

    select * from {{ ref('push_changes') }}
    where decision = 'send'

),

dependencies as (

    select * from {{ ref('push_dependencies_numbered') }}

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
        changes.action,
        changes.entity_key,
        cast(priorities.priority as integer) as priority
    from changes
    inner join scopes on changes.scope = scopes.scope
    inner join priorities
        on
            scopes.resource = priorities.resource
            and changes.action = priorities.action

),

waits_for_what_is_not_sent as (

    select distinct sequence
    from dependencies
    where
        is_to_send = 1
        and is_prerequisite_to_send = 0

),

-- From what waits for a change that is not sent to all that wait for it in turn.
skipped as (

    select
        sequence,
        1 as step
    from waits_for_what_is_not_sent

    union all

    select
        dependencies.sequence,
        skipped.step + 1 as step
    from skipped
    inner join dependencies on skipped.sequence = dependencies.depends_on_sequence
    where
        dependencies.is_to_send = 1
        and skipped.step < {{ recursion_limit() }}

),

-- From a change to all that it depends on, as long as that is less urgent by itself: what is as urgent stands earlier
-- in the order already, and begins a walk of its own.
pulls as (

    select
        depends_on_sequence as sequence,
        priority as pulled_by_priority,
        sequence as pulled_by_sequence,
        1 as step
    from dependencies
    where
        is_to_send = 1
        and is_prerequisite_to_send = 1
        and depends_on_priority > priority

    union all

    select
        dependencies.depends_on_sequence as sequence,
        pulls.pulled_by_priority,
        pulls.pulled_by_sequence,
        pulls.step + 1 as step
    from pulls
    inner join dependencies on pulls.sequence = dependencies.sequence
    where
        dependencies.is_prerequisite_to_send = 1
        and dependencies.depends_on_priority > pulls.pulled_by_priority
        and pulls.step < {{ recursion_limit() }}

),

-- A change that is skipped itself pulls nothing.
pulls_placed as (

    select
        pulls.sequence,
        pulls.pulled_by_priority,
        pulls.pulled_by_sequence,
        row_number() over (
            partition by pulls.sequence
            order by pulls.pulled_by_priority, pulls.pulled_by_sequence
        ) as place
    from pulls
    where not exists (select 1 from skipped where skipped.sequence = pulls.pulled_by_sequence)

),

pulled as (

    select
        prioritized.sequence,
        prioritized.scope,
        prioritized.action,
        prioritized.entity_key,
        prioritized.priority,
        coalesce(pulls_placed.pulled_by_priority, prioritized.priority) as pulled_by_priority,
        coalesce(pulls_placed.pulled_by_sequence, prioritized.sequence) as pulled_by_sequence
    from prioritized
    left join pulls_placed
        on
            prioritized.sequence = pulls_placed.sequence
            and pulls_placed.place = 1
    where not exists (select 1 from skipped where skipped.sequence = prioritized.sequence)

),

final as (

    select
        sequence,
        scope,
        action,
        entity_key,
        priority,
        pulled_by_sequence,
        cast(row_number() over (order by pulled_by_priority, pulled_by_sequence, sequence) as integer)
            as selection_rank
    from pulled

)

select * from final
