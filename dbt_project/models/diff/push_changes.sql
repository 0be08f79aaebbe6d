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
        cast(scope as {{ type_text() }}) as scope,
        cast(action as {{ type_text() }}) as action,
        cast(entity_key as {{ type_text() }}) as entity_key,
        cast(http_method as {{ type_text() }}) as http_method,
        cast(path_template as {{ type_text() }}) as path_template,
        cast(path_params_json as {{ type_text() }}) as path_params_json,
        cast(payload_json as {{ type_text() }}) as payload_json,
        cast(previous_json as {{ type_text() }}) as previous_json,
        cast(changed_columns as {{ type_text() }}) as changed_columns,
        cast(decision as {{ type_text() }}) as decision,
        cast(decision_reason as {{ type_text() }}) as decision_reason,
        cast(decision_detail as {{ type_text() }}) as decision_detail
    from decided

)

select * from final
