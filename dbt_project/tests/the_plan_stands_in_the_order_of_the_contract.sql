-- Contract, order: axis values created and updated; users created; users updated; users deleted; axis values deleted.
with changes as (

    select * from {{ ref('push_changes') }}

),

phases as (

    select
        sequence,
        scope,
        action,
        entity_key,
        case
            when scope <> 'users' and action <> 'delete' then 1
            when scope = 'users' and action = 'create' then 2
            when scope = 'users' and action = 'update' then 3
            when scope = 'users' then 4
            else 5
        end as phase,
        row_number() over (order by sequence) as place
    from changes

),

followed as (

    select
        *,
        lead(phase) over (order by sequence) as next_phase
    from phases

),

found as (

    select * from followed
    where
        next_phase < phase
        or sequence <> place

)

select * from found
