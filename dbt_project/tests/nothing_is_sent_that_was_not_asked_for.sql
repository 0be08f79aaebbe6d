-- What would be sent is of a chosen scope, of an action that is on, passed by its guard, and held by nobody.
with changes as (

    select * from {{ ref('push_changes') }}
    where decision = 'send'

),

safety as (

    select * from {{ ref('push_safety') }}
    where
        is_enabled = 1
        and verdict = 'ok'

),

holds as (

    select * from {{ ref('int_holds') }}

),

found as (

    select changes.*
    from changes
    left join safety
        on
            changes.scope = safety.scope
            and changes.action = safety.action
    left join holds
        on
            changes.scope = holds.scope
            and changes.entity_key = holds.entity_key
    where
        safety.scope is null
        or holds.entity_key is not null

)

select * from found
