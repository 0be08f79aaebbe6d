-- Grain: one row per row of int_axis_values_mapped, with the first fault that the row has in itself, if any.
with mapped as (

    select * from {{ ref('int_axis_values_mapped') }}

),

counted as (

    select
        *,
        count(*) over (partition by scope, company_code, company_uuid, code) as rows_of_code
    from mapped

),

checked as (

    select
        *,
        concat(company_code, '/', coalesce(code, '')) as entity_key,
        case
            when company_match = 'unknown' then 'unknown_company'
            when company_match = 'ambiguous' then 'ambiguous_company'
            when axis_match = 'unknown' then 'unknown_axis'
            when axis_match = 'ambiguous' then 'ambiguous_axis'
            when code is null then 'empty_code'
            when bad_date is not null then 'bad_date'
            when rows_of_code > 1 then 'duplicate_code'
        end {{ exact() }} as fault,
        case
            when company_match <> 'known' then concat('company ''', company_code, '''')
            when axis_match = 'unknown' then 'the company has no axis with the French name of this scope'
            when axis_match = 'ambiguous' then 'several axes of the company have the French name of this scope'
            when code is null then concat('description ''', name_fr, '''')
            when bad_date is not null then concat('''', bad_date, ''' does not begin with a day as YYYY-MM-DD')
            when rows_of_code > 1 then concat(rows_of_code, ' rows that differ')
        end as fault_detail
    from counted

)

select * from checked
