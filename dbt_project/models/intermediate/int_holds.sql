-- Grain: one row per scope and entity that is held back now; mails in lower case, as keys are.
with holds as (

    select * from {{ source('n2f_sync', 'holds') }}

),

active as (

    select
        {{ trimmed('scope') }} as scope,
        case
            when {{ trimmed('scope') }} = 'users' then lower({{ trimmed('entity_key') }})
            else {{ trimmed('entity_key') }}
        end as entity_key,
        coalesce({{ trimmed('reason') }}, 'no reason given') as reason
    from holds
    where
        held_until is null
        or held_until > {{ now_utc() }}

),

final as (

    select
        scope,
        entity_key,
        min(reason) as reason
    from active
    where
        scope is not null
        and entity_key is not null
    group by scope, entity_key

)

select * from final
