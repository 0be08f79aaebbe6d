-- Grain: one row; each column says whether that field of users is compared: some document carries its key, and staff
-- have not taken it out of the comparison in the seed compared_fields.
{%- set fields = user_fields() %}

with n2f_users as (

    select * from {{ ref('stg_n2f__users') }}

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
        coalesce(max(case when has_{{ field.name }} = 1 then 1 else 0 end), 0) as {{ field.name }},
        {%- endfor %}
        count(*) as user_count
    from n2f_users

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
