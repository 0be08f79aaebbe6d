-- Grain: one row per night in which a run that was not dry worked or tried to, from noon to noon UTC. What was done is
-- of all its runs; what is open is of its last one, since an earlier one's may have been made good.
with runs as (

    select * from {{ source('n2f_sync', 'runs') }}
    where
        is_dry_run = 0
        and command in ('run', 'push')

),

dated as (

    select
        *,
        {{ night_of('started_at') }} as night
    from runs

),

numbered as (

    select
        *,
        row_number() over (partition by night order by run_id desc) as newest_first
    from dated

),

counted as (

    select
        night,
        count(*) as run_count,
        cast(sum(coalesce(succeeded_count, 0)) as integer) as succeeded_count
    from numbered
    group by night

),

final as (

    select
        counted.night,
        counted.run_count,
        numbered.run_id as last_run_id,
        numbered.status as last_status,
        numbered.exit_code as last_exit_code,
        counted.succeeded_count,
        coalesce(numbered.failed_count, 0) as failed_count,
        coalesce(numbered.skipped_count, 0) as skipped_count,
        coalesce(numbered.withheld_count, 0) as withheld_count,
        coalesce(numbered.left_count, 0) as left_count,
        coalesce(numbered.rejected_count, 0) as rejected_count
    from counted
    inner join numbered
        on
            counted.night = numbered.night
            and numbered.newest_first = 1

)

select * from final
