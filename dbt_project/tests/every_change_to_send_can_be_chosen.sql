-- What is to be sent has a rank by which it is chosen, unless it waits for something that may not be sent.
with changes as (

    select * from {{ ref('push_changes') }}
    where decision = 'send'

),

dependencies as (

    select * from {{ ref('push_dependencies_numbered') }}

),

selection as (

    select * from {{ ref('push_selection') }}

),

found as (

    select changes.*
    from changes
    left join selection on changes.sequence = selection.sequence
    where
        selection.sequence is null
        and not exists (
            select 1
            from dependencies
            where dependencies.sequence = changes.sequence
        )

)

select * from found
