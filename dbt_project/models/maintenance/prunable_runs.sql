-- Grain: one row per run that has ended and that no plan, attempt or result is left of, nor its plan.
-- How old it has to be is for `n2f-sync prune` to say.
with runs as (

    select * from {{ source('n2f_sync', 'runs') }}

),

plans as (

    select * from {{ source('n2f_sync', 'plans') }}

),

attempts as (

    select * from {{ source('n2f_sync', 'push_attempts') }}

),

results as (

    select * from {{ source('n2f_sync', 'push_results') }}

),

final as (

    select
        runs.run_id,
        runs.command,
        runs.started_at,
        runs.status
    from runs
    where
        runs.status <> 'running'
        and not exists (
            select 1 from plans
            where plans.run_id = runs.run_id or plans.plan_id = runs.plan_id
        )
        and not exists (select 1 from attempts where attempts.run_id = runs.run_id)
        and not exists (select 1 from results where results.run_id = runs.run_id)

)

select * from final
