-- Grain: one row per frozen plan of the N2F that is in use, and scope that it looked at, numbered within the scope.
-- What a plan says nothing of, it does not hold: that is how the models beside this one know that something ended.
{%- set keys = ['base_url', 'scopes', 'only_companies', 'only_mails'] %}

with plans as (

    select * from {{ source('n2f_sync', 'plans') }}

),

runs as (

    select * from {{ source('n2f_sync', 'runs') }}
    where is_dry_run = 0

),

results as (

    select * from {{ source('n2f_sync', 'push_results') }}

),

scopes as (

    select * from {{ ref('run_scopes') }}

),

snapshot_in_use as (

    select * from {{ ref('snapshot_in_use') }}

),

parsed as (

    select
        plans.plan_id,
        plans.run_id,
        plans.created_at,
        {{ json_text('plans.settings_json', 'base_url', keys) }} as base_url,
        {{ json_fragment('plans.settings_json', 'scopes', keys) }} as scopes_json,
        {{ json_fragment('plans.settings_json', 'only_companies', keys) }} as only_companies_json,
        {{ json_fragment('plans.settings_json', 'only_mails', keys) }} as only_mails_json
    from plans
    {{ json_members('plans.settings_json', keys) }}

),

final as (

    select
        parsed.plan_id,
        scopes.scope,
        parsed.created_at,
        row_number() over (partition by scopes.scope order by parsed.created_at, parsed.plan_id) as place,
        {{ flag(
            "coalesce(parsed.only_companies_json, '[]') <> '[]'"
            ~ " or coalesce(parsed.only_mails_json, '[]') <> '[]'"
        ) }} as is_limited,
        {{ flag(
            "exists (select 1 from results where results.plan_id = parsed.plan_id)"
            ~ " or exists (select 1 from runs where runs.command = 'run' and runs.run_id = parsed.run_id)"
            ~ " or exists (select 1 from runs where runs.command = 'push' and runs.plan_id = parsed.plan_id)"
        ) }} as is_sent
    from parsed
    -- The sandbox's nights say nothing of production.
    inner join snapshot_in_use on parsed.base_url = snapshot_in_use.base_url
    cross join scopes
    where
        coalesce(parsed.scopes_json, 'null') = 'null'
        or replace(parsed.scopes_json, {{ json_string('scopes.scope') }}, '') <> parsed.scopes_json

)

select * from final
