-- Grain: one row per change that a run sent successfully, and field that it set: the value before and after, as JSON.
-- An update has the fields that it changed, a create all fields (nothing before), a delete all fields (nothing after).
{%- set names = user_fields() | map(attribute='name') | list + ['names', 'validityDateFrom', 'validityDateTo'] %}

with results as (

    select * from {{ source('n2f_sync', 'push_results') }}
    where status = 'succeeded'

),

planned_changes as (

    select * from {{ source('n2f_sync', 'planned_changes') }}

),

fields as (
    {% for name in names %}
    select
        {{ text_literal(name) }} as field,
        {{ loop.index }} as place
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

sent as (

    select
        results.run_id,
        results.plan_id,
        results.sequence,
        results.scope,
        results.action,
        results.entity_key,
        results.finished_at,
        concat(',', planned_changes.changed_columns, ',') as changed_columns,
        planned_changes.previous_json,
        planned_changes.payload_json
    from results
    inner join planned_changes
        on
            results.plan_id = planned_changes.plan_id
            and results.sequence = planned_changes.sequence

),

with_old as (

    select
        {%- for name in names %}
        {{ json_fragment('sent.previous_json', name, names) }} as {{ name }}_old,
        {%- endfor %}
        sent.*
    from sent
    {{ json_members('sent.previous_json', names) }}

),

with_both as (

    select
        {%- for name in names %}
        {{ json_fragment('with_old.payload_json', name, names) }} as {{ name }}_new,
        {%- endfor %}
        with_old.*
    from with_old
    {{ json_members('with_old.payload_json', names) }}

),

with_fields as (

    select
        {%- for side in ['old', 'new'] %}
        case fields.field
            {%- for name in names %}
            when '{{ name }}' then with_both.{{ name }}_{{ side }}
            {%- endfor %}
        end as {{ side }}_json,
        {%- endfor %}
        with_both.run_id,
        with_both.plan_id,
        with_both.sequence,
        with_both.scope,
        with_both.action,
        with_both.entity_key,
        with_both.finished_at,
        with_both.changed_columns,
        fields.field,
        fields.place
    from with_both
    cross join fields

),

final as (

    select
        run_id,
        plan_id,
        sequence,
        scope,
        action,
        entity_key,
        place,
        field,
        old_json,
        new_json,
        finished_at
    from with_fields
    where
        (action = 'update' and changed_columns like concat('%,', field, ',%'))
        or (action <> 'update' and (old_json is not null or new_json is not null))

)

select * from final
