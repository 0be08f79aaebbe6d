-- Grain: one row per change that stands in one of two plans alone or on which they differ, and field in which its two
-- requests differ; one row without a field where there is none.
-- before: the plan that the models of another revision make, kept in n2f_impact; now: the one of the models as they
-- stand.
with before_changes as (

    select
        *,
        row_number() over (partition by scope, entity_key order by path_params_json) as place
    from {{ loader_relation('n2f_impact.push_changes') }}

),

now_changes as (

    select
        *,
        row_number() over (partition by scope, entity_key order by path_params_json) as place
    from {{ ref('push_changes') }}

),

side_by_side as (

    select
        coalesce(now_changes.scope, before_changes.scope) as scope,
        coalesce(now_changes.entity_key, before_changes.entity_key) as entity_key,
        coalesce(now_changes.place, before_changes.place) as place,
        case
            when before_changes.scope is null then 'new'
            when now_changes.scope is null then 'gone'
            else 'both'
        end as presence,
        before_changes.action as action_before,
        now_changes.action as action_now,
        before_changes.decision as decision_before,
        now_changes.decision as decision_now,
        before_changes.decision_reason as reason_before,
        now_changes.decision_reason as reason_now,
        before_changes.changed_columns as changed_before,
        now_changes.changed_columns as changed_now,
        before_changes.payload_json as payload_before,
        now_changes.payload_json as payload_now,
        coalesce(now_changes.payload_json, before_changes.payload_json) as payload_json,
        coalesce(now_changes.previous_json, before_changes.previous_json) as previous_json,
        case
            when
                before_changes.scope is not null
                and now_changes.scope is not null
                and (
                    {{ is_different('before_changes.action', 'now_changes.action') }}
                    or {{ is_different('before_changes.decision', 'now_changes.decision') }}
                    or {{ is_different('before_changes.decision_reason', 'now_changes.decision_reason') }}
                    or {{ is_different('before_changes.changed_columns', 'now_changes.changed_columns') }}
                    or {{ is_different('before_changes.http_method', 'now_changes.http_method') }}
                    or {{ is_different('before_changes.path_template', 'now_changes.path_template') }}
                    or {{ is_different('before_changes.path_params_json', 'now_changes.path_params_json') }}
                )
                then 1
            else 0
        end as is_decided_otherwise
    from before_changes
    full outer join now_changes
        on
            before_changes.scope = now_changes.scope
            and before_changes.entity_key = now_changes.entity_key
            and before_changes.place = now_changes.place

),

-- A request that reads the same is the same; of the others each member is compared, since text tells too much.
rewritten as (

    select * from side_by_side
    where
        presence = 'both'
        and {{ is_different('payload_before', 'payload_now') }}

),

members_before as (

    select
        rewritten.scope,
        rewritten.entity_key,
        rewritten.place,
        members.name,
        members.value_json
    from rewritten
    {{ cross_join_json_members('rewritten.payload_before', 'members') }}

),

members_now as (

    select
        rewritten.scope,
        rewritten.entity_key,
        rewritten.place,
        members.name,
        members.value_json
    from rewritten
    {{ cross_join_json_members('rewritten.payload_now', 'members') }}

),

differing as (

    select
        coalesce(members_now.scope, members_before.scope) as scope,
        coalesce(members_now.entity_key, members_before.entity_key) as entity_key,
        coalesce(members_now.place, members_before.place) as place,
        coalesce(members_now.name, members_before.name) as field,
        members_before.value_json as value_before,
        members_now.value_json as value_now
    from members_before
    full outer join members_now
        on
            members_before.scope = members_now.scope
            and members_before.entity_key = members_now.entity_key
            and members_before.place = members_now.place
            and members_before.name = members_now.name
    where {{ is_different('members_before.value_json', 'members_now.value_json') }}

),

final as (

    select
        side_by_side.scope,
        side_by_side.entity_key,
        side_by_side.place,
        side_by_side.presence,
        side_by_side.action_before,
        side_by_side.action_now,
        side_by_side.decision_before,
        side_by_side.decision_now,
        side_by_side.reason_before,
        side_by_side.reason_now,
        side_by_side.changed_before,
        side_by_side.changed_now,
        case when side_by_side.presence <> 'both' then side_by_side.payload_json end as payload_json,
        case when side_by_side.presence <> 'both' then side_by_side.previous_json end as previous_json,
        differing.field,
        differing.value_before,
        differing.value_now
    from side_by_side
    left join differing
        on
            side_by_side.scope = differing.scope
            and side_by_side.entity_key = differing.entity_key
            and side_by_side.place = differing.place
    where
        side_by_side.presence <> 'both'
        or side_by_side.is_decided_otherwise = 1
        or differing.field is not null

)

select * from final
order by scope, entity_key, place, field
