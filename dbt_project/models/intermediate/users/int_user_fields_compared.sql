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

carried as (

    select
        {%- for field in fields %}
        max(case when field = '{{ field.name }}' and is_carried = 1 then 1 else 0 end) as {{ field.name }},
        {%- endfor %}
        count(*) as field_count
    from user_fields

),

counted as (

    select count(*) as user_count from current_users

),

final as (

    select
        {%- for field in fields %}
        {{ flag('carried.' ~ field.name ~ " = 1") }} as is_carried_{{ field.name }},
        {{ flag(
            'carried.' ~ field.name ~ " = 1 and not exists (select 1 from left_out where field = '" ~ field.name ~ "')"
        ) }} as is_compared_{{ field.name }},
        {%- endfor %}
        counted.user_count
    from carried
    cross join counted

)

select * from final
