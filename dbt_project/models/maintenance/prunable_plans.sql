-- Grain: one row per plan that is not among the newest 30 of any scope of its N2F: those the reports look back on.
-- How old it has to be is for `n2f-sync prune` to say.
{%- set keys = ['base_url', 'scopes'] %}

with plans as (

    select * from {{ source('n2f_sync', 'plans') }}

),

scopes as (

    select * from {{ ref('run_scopes') }}

),

parsed as (

    select
        plans.plan_id,
        plans.created_at,
        {{ json_text('plans.settings_json', 'base_url', keys) }} as base_url,
        {{ json_fragment('plans.settings_json', 'scopes', keys) }} as scopes_json
    from plans
    {{ json_members('plans.settings_json', keys) }}

),

ranked as (

    select
        parsed.plan_id,
        row_number() over (
            partition by parsed.base_url, scopes.scope
            order by parsed.created_at desc, parsed.plan_id desc
        ) as newest_first
    from parsed
    cross join scopes
    where
        coalesce(parsed.scopes_json, 'null') = 'null'
        or replace(parsed.scopes_json, {{ json_string('scopes.scope') }}, '') <> parsed.scopes_json

),

kept as (

    select distinct plan_id from ranked
    where newest_first <= 30

),

final as (

    select
        plans.plan_id,
        plans.run_id,
        plans.snapshot_id,
        plans.created_at,
        plans.change_count
    from plans
    left join kept on plans.plan_id = kept.plan_id
    where kept.plan_id is null

)

select * from final
