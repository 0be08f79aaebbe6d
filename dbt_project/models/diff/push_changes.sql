-- Grain: one row per change of the plan, of actions that are off too, in the order they are sent.
-- decision: send; off (the action was not asked for); withheld (by a guard, an empty source, or a hold);
-- fail (an earlier delete that was reported as done had no effect).
with candidates as (

    select * from {{ ref('push_candidates') }}

),

safety as (

    select * from {{ ref('push_safety') }}

),

decided as (

    select
        candidates.*,
        case
            when safety.is_enabled = 0 then 'off'
            when candidates.hold_reason is not null or safety.verdict <> 'ok' then 'withheld'
            when candidates.had_no_effect = 1 then 'fail'
            else 'send'
        end as decision,
        case
            when safety.is_enabled = 0 then null
            when candidates.hold_reason is not null then 'hold'
            when safety.verdict = 'source_empty' then 'source_empty'
            when safety.verdict = 'over_limit' then 'guard'
            when candidates.had_no_effect = 1 then 'delete_had_no_effect'
        end as decision_reason,
        case
            when safety.is_enabled = 0 then null
            when candidates.hold_reason is not null then candidates.hold_reason
            when safety.verdict = 'source_empty' then safety.message
            when safety.verdict = 'over_limit' then safety.message
            when candidates.had_no_effect = 1 then 'reported as deleted by an earlier run, and still in N2F'
        end as decision_detail
    from candidates
    inner join safety
        on
            candidates.scope = safety.scope
            and candidates.action = safety.action

),

final as (

    select
        cast(row_number() over (order by phase, rank_in_phase, scope, entity_key) as integer) as sequence,
        {{ as_text('scope') }} as scope,
        {{ as_text('action') }} as action,
        {{ as_text('entity_key') }} as entity_key,
        {{ as_text('http_method') }} as http_method,
        {{ as_text('path_template') }} as path_template,
        {{ as_text('path_params_json') }} as path_params_json,
        {{ as_text('payload_json') }} as payload_json,
        {{ as_text('previous_json') }} as previous_json,
        {{ as_text('changed_columns') }} as changed_columns,
        {{ as_text('decision') }} as decision,
        {{ as_text('decision_reason') }} as decision_reason,
        {{ as_text('decision_detail') }} as decision_detail
    from decided

)

select * from final
