-- Grain: one row per entity that a run has reported as deleted and that nothing has been sent for since.
-- Where N2F still holds such an entity in a later snapshot, its delete had no effect.
with results as (

    select * from {{ source('n2f_sync', 'push_results') }}

),

plans as (

    select * from {{ source('n2f_sync', 'plans') }}

),

snapshots as (

    select * from {{ source('n2f_raw', 'snapshots') }}

),

snapshot_in_use as (

    select * from {{ ref('snapshot_in_use') }}

),

ranked as (

    select
        results.scope,
        results.entity_key,
        results.action,
        results.status,
        row_number() over (
            partition by results.scope, results.entity_key
            order by results.finished_at desc, results.run_id desc
        ) as newest_first
    from results
    inner join plans on results.plan_id = plans.plan_id
    inner join snapshots on plans.snapshot_id = snapshots.snapshot_id
    -- The sandbox's results say nothing of production.
    inner join snapshot_in_use
        on
            snapshots.base_url = snapshot_in_use.base_url
            and results.finished_at < snapshot_in_use.started_at
    where results.status in ('succeeded', 'failed')

),

final as (

    select
        scope,
        entity_key
    from ranked
    where
        newest_first = 1
        and action = 'delete'
        and status = 'succeeded'

)

select * from final
