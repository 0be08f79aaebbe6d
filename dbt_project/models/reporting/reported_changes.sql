-- Grain: one row per change of a frozen plan, with the company that it is of and what became of it.
-- outcome: held where a DBA holds it back, else the status of its newest result (succeeded, failed, skipped, withheld,
-- left); without a result off, withheld or failed as the plan decided, else planned.
with changes as (

    select * from {{ source('n2f_sync', 'planned_changes') }}

),

plans as (

    select * from {{ source('n2f_sync', 'plans') }}

),

results as (

    select * from {{ source('n2f_sync', 'push_results') }}

),

companies as (

    select * from {{ ref('snapshot_companies') }}

),

results_ranked as (

    select
        *,
        row_number() over (partition by plan_id, sequence order by run_id desc) as newest_first
    from results

),

of_values as (

    select
        changes.*,
        {{ json_text('changes.path_params_json', 'company_uuid', ['company_uuid']) }} as value_company_uuid,
        coalesce(changes.payload_json, changes.previous_json) as document
    from changes
    {{ json_members('changes.path_params_json', ['company_uuid']) }}

),

of_both as (

    select
        of_values.*,
        coalesce(
            of_values.value_company_uuid, {{ json_text('of_values.document', 'company', ['company']) }}
        ) as company_uuid
    from of_values
    {{ json_members('of_values.document', ['company']) }}

),

final as (

    select
        of_both.plan_id,
        of_both.sequence,
        of_both.scope,
        of_both.action,
        of_both.entity_key,
        of_both.company_uuid,
        companies.company_code,
        of_both.http_method,
        of_both.path_template,
        of_both.path_params_json,
        of_both.payload_json,
        of_both.previous_json,
        of_both.changed_columns,
        of_both.decision,
        of_both.decision_reason,
        of_both.decision_detail,
        case
            when of_both.decision_reason = 'hold' then 'held'
            when results_ranked.status is not null then results_ranked.status
            when of_both.decision = 'send' then 'planned'
            when of_both.decision = 'fail' then 'failed'
            else of_both.decision
        end {{ exact() }} as outcome,
        results_ranked.run_id,
        results_ranked.http_status,
        results_ranked.attempts,
        results_ranked.error,
        results_ranked.started_at,
        results_ranked.finished_at
    from of_both
    inner join plans on of_both.plan_id = plans.plan_id
    left join companies
        on
            plans.snapshot_id = companies.snapshot_id
            and of_both.company_uuid = companies.company_uuid
    left join results_ranked
        on
            of_both.plan_id = results_ranked.plan_id
            and of_both.sequence = results_ranked.sequence
            and results_ranked.newest_first = 1

)

select * from final
