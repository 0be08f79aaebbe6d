-- Grain: one row per scope and entity key that the scope's newest plan rejects; rows without a key count together.
-- Remembered over the plans that looked at the scope, without a gap; run_count is of those that were sent.
with plan_scopes as (

    select * from {{ ref('plan_scopes') }}

),

rejections as (

    select * from {{ source('n2f_sync', 'planned_rejections') }}

),

listed as (

    select
        plan_scopes.scope,
        rejections.entity_key,
        plan_scopes.place,
        plan_scopes.created_at,
        plan_scopes.is_sent,
        count(*) as row_count,
        min(rejections.reason) as first_reason,
        max(rejections.reason) as last_reason,
        min(rejections.detail) as detail
    from rejections
    inner join plan_scopes
        on
            rejections.plan_id = plan_scopes.plan_id
            and rejections.scope = plan_scopes.scope
    group by
        plan_scopes.scope,
        rejections.entity_key,
        plan_scopes.place,
        plan_scopes.created_at,
        plan_scopes.is_sent

),

newest_plans as (

    select
        scope,
        max(place) as newest_place
    from plan_scopes
    group by scope

),

numbered as (

    select
        listed.*,
        newest_plans.newest_place - listed.place as plans_ago,
        row_number() over (partition by listed.scope, listed.entity_key order by listed.place desc) - 1 as listings_ago
    from listed
    inner join newest_plans on listed.scope = newest_plans.scope

),

-- Listed by every plan from the newest back to this one.
in_a_row as (

    select * from numbered
    where plans_ago = listings_ago

),

counted as (

    select
        scope,
        entity_key,
        min(created_at) as rejected_since,
        cast(sum(case when is_sent = 1 then 1 else 0 end) as integer) as run_count,
        {{ flag('min(first_reason) = max(last_reason)') }} as is_same_reason
    from in_a_row
    group by scope, entity_key

),

final as (

    select
        counted.scope,
        counted.entity_key,
        newest.row_count,
        newest.first_reason as reason,
        newest.detail,
        counted.rejected_since,
        counted.run_count,
        counted.is_same_reason
    from counted
    inner join in_a_row as newest
        on
            counted.scope = newest.scope
            and counted.entity_key = newest.entity_key
    where newest.plans_ago = 0

)

select * from final
