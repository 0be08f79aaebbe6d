-- Grain: one row; each column says whether that field of users is compared: some document carries its key, and staff
-- have not taken it out of the comparison in the seed compared_fields.
{%- set fields = user_fields() %}

with user_fields as (

    select * from {{ ref('stg_n2f__user_fields') }}

),

current_users as (

    select * from {{ ref('int_users_current') }}

),

left_out as (

    select field
    from {{ ref('compared_fields') }}
    where
        resource = 'users'
        and is_compared = 0

),

counted as (

    select count(*) as user_count from current_users

),

carried as (

    select
        counted.user_count,
        {%- for field in fields %}
        {%- set condition = "user_fields.field = '" ~ field.name ~ "' and user_fields.is_carried = 1" %}
        max(case when {{ condition }} then 1 else 0 end) as {{ field.name }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from user_fields
    cross join counted
    group by counted.user_count

),

final as (

    select
        {%- for field in fields %}
        {{ flag('carried.' ~ field.name ~ " = 1") }} as is_carried_{{ field.name }},
        {{ flag(
            'carried.' ~ field.name ~ " = 1 and not exists (select 1 from left_out where field = '" ~ field.name ~ "')"
        ) }} as is_compared_{{ field.name }},
        {%- endfor %}
        carried.user_count
    from carried

)

select * from final
