-- Grain: one row per run, scope and action that has results, with how many of the changes that were tried succeeded.
with results as (

    select * from {{ source('n2f_sync', 'push_results') }}

),

counted as (

    select
        run_id,
        scope,
        action,
        cast(sum(case status when 'succeeded' then 1 else 0 end) as integer) as succeeded_count,
        cast(sum(case status when 'failed' then 1 else 0 end) as integer) as failed_count,
        cast(sum(case status when 'skipped' then 1 else 0 end) as integer) as skipped_count,
        cast(sum(case status when 'withheld' then 1 else 0 end) as integer) as withheld_count,
        cast(sum(case status when 'left' then 1 else 0 end) as integer) as left_count
    from results
    group by run_id, scope, action

),

final as (

    select
        *,
        cast(succeeded_count as {{ type_number() }}) / nullif(succeeded_count + failed_count, 0) as success_rate
    from counted

)

select * from final
