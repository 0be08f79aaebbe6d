-- Grain: one row per company and axis of the snapshot that holds values; each column says whether that field is
-- compared there: some document of that list carries its key, and the seed compared_fields does not leave it out.
{%- set fields = ['names', 'validityDateFrom', 'validityDateTo'] %}

with axis_values as (

    select * from {{ ref('stg_n2f__axis_values') }}

),

left_out as (

    select field
    from {{ ref('compared_fields') }}
    where
        resource = 'axis_values'
        and is_compared = 0

),

carried as (

    select
        company_uuid,
        axis,
        {%- for field in fields %}
        max(case when has_{{ field }} = 1 then 1 else 0 end) as {{ field }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from axis_values
    group by company_uuid, axis

),

final as (

    select
        carried.company_uuid,
        carried.axis,
        {%- for field in fields %}
        {{ flag('carried.' ~ field ~ ' = 1') }} as is_carried_{{ field }},
        {{ flag(
            'carried.' ~ field ~ " = 1 and not exists (select 1 from left_out where field = '" ~ field ~ "')"
        ) }} as is_compared_{{ field }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from carried

)

select * from final
