-- Grain: one row per value that N2F holds under a code of its own and Agresso does not have, in the companies that
-- some row of the scope's typ names, gone rows included. Where no row names a company, nothing is known of it.
with current_values as (

    select * from {{ ref('int_axis_values_current') }}

),

named_companies as (

    select distinct
        scope,
        company_uuid
    from {{ ref('int_analytics_scoped') }}
    where company_match = 'known'

),

checked as (

    select * from {{ ref('int_axis_values_checked') }}

),

deletable as (

    select
        current_values.scope,
        current_values.company_uuid,
        current_values.code,
        current_values.entity_key,
        -- A path part that is `.` or `..` is never sent.
        {{ flag("current_values.code in ('.', '..')") }} as is_unsendable
    from current_values
    inner join named_companies
        on
            current_values.scope = named_companies.scope
            and current_values.company_uuid = named_companies.company_uuid
    where
        current_values.code is not null
        and current_values.values_of_code = 1
        and not exists (
            select 1
            from checked
            where
                checked.scope = current_values.scope
                and checked.company_uuid = current_values.company_uuid
                and checked.code = current_values.code
        )

)

select * from deletable
