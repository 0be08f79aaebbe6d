-- Grain: one row per scope and entity key whose newest result is a failure, and that every plan since had a change for.
-- Counted in runs, one per plan: what was withheld, left, skipped or off neither counts nor ends the row of failures.
with plan_scopes as (

    select * from {{ ref('plan_scopes') }}

),

results as (

    select * from {{ source('n2f_sync', 'push_results') }}
    where status in ('succeeded', 'failed')

),

planned_changes as (

    select * from {{ source('n2f_sync', 'planned_changes') }}

),

ranked as (

    select
        results.scope,
        results.entity_key,
        results.action,
        results.status,
        results.http_status,
        results.error,
        results.finished_at,
        plan_scopes.place,
        -- Two values may have one key (a slash in a company's code): one that failed speaks for both.
        row_number() over (
            partition by results.plan_id, results.scope, results.entity_key
            order by case results.status when 'failed' then 0 else 1 end, results.sequence
        ) as place_in_plan
    from results
    inner join plan_scopes
        on
            results.plan_id = plan_scopes.plan_id
            and results.scope = plan_scopes.scope

),

outcomes as (

    select
        *,
        lead(error) over (partition by scope, entity_key order by place) as next_error
    from ranked
    where place_in_plan = 1

),

-- A success that the next run found to be none ends nothing.
successes as (

    select
        scope,
        entity_key,
        max(place) as last_place
    from outcomes
    where
        status = 'succeeded'
        and coalesce(next_error, '') not like 'delete_had_no_effect%'
    group by scope, entity_key

),

failures as (

    select outcomes.*
    from outcomes
    left join successes
        on
            outcomes.scope = successes.scope
            and outcomes.entity_key = successes.entity_key
    where
        outcomes.status = 'failed'
        and outcomes.place > coalesce(successes.last_place, 0)

),

candidates as (

    select
        scope,
        entity_key,
        min(place) as first_place
    from failures
    group by scope, entity_key

),

-- Somebody put it right in Agresso or in N2F, or it is rejected now: a plan for everybody had no change of it.
unplanned as (

    select
        candidates.scope,
        candidates.entity_key,
        max(plan_scopes.place) as last_place
    from candidates
    inner join plan_scopes
        on
            candidates.scope = plan_scopes.scope
            and candidates.first_place < plan_scopes.place
    where
        plan_scopes.is_limited = 0
        and not exists (
            select 1
            from planned_changes
            where
                planned_changes.plan_id = plan_scopes.plan_id
                and planned_changes.scope = candidates.scope
                and planned_changes.entity_key = candidates.entity_key
        )
    group by candidates.scope, candidates.entity_key

),

in_a_row as (

    select
        failures.*,
        concat(failures.action, ' ', failures.http_status, ' ', failures.error) as reason,
        row_number() over (
            partition by failures.scope, failures.entity_key
            order by failures.place desc
        ) as newest_first
    from failures
    left join unplanned
        on
            failures.scope = unplanned.scope
            and failures.entity_key = unplanned.entity_key
    where failures.place > coalesce(unplanned.last_place, 0)

),

counted as (

    select
        scope,
        entity_key,
        min(finished_at) as failed_since,
        count(*) as run_count,
        {{ flag('min(reason) = max(reason)') }} as is_same_reason
    from in_a_row
    group by scope, entity_key

),

final as (

    select
        counted.scope,
        counted.entity_key,
        newest.action,
        counted.failed_since,
        newest.finished_at as last_failed_at,
        counted.run_count,
        newest.http_status as last_http_status,
        newest.error as last_error,
        counted.is_same_reason
    from counted
    inner join in_a_row as newest
        on
            counted.scope = newest.scope
            and counted.entity_key = newest.entity_key
    where newest.newest_first = 1

)

select * from final
