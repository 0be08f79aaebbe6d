-- Grain: one row per different axis value that Agresso's open rows describe once the mappings are applied; rows that
-- then say the same are one.
-- THE PLACE TO CHANGE WHAT AN AXIS VALUE IS SENT AS: names and days are one line each of `mapped`.
with analytics as (

    select * from {{ ref('int_analytics_scoped') }}
    where is_gone = 0

),

axes as (

    select * from {{ ref('int_axes_matched') }}

),

mapped as (

    select
        analytics.scope,
        analytics.company_match,
        analytics.company_uuid,
        -- In keys, a company that N2F does not know goes by Agresso's code.
        coalesce(analytics.company_code, analytics.agresso_code) as company_code,
        axes.axis,
        axes.axis_match,
        analytics.code,
        analytics.description as name_fr,
        analytics.description as name_nl,
        case
            when {{ begins_with_a_day('analytics.date_from') }} then {{ day('analytics.date_from') }}
        end as valid_from,
        case
            when {{ begins_with_a_day('analytics.date_to') }} then {{ day('analytics.date_to') }}
        end as valid_to,
        case
            when analytics.date_from is not null and not {{ begins_with_a_day('analytics.date_from') }}
                then analytics.date_from
            when analytics.date_to is not null and not {{ begins_with_a_day('analytics.date_to') }}
                then analytics.date_to
        end as bad_date
    from analytics
    left join axes
        on
            analytics.scope = axes.scope
            and analytics.company_uuid = axes.company_uuid

),

deduplicated as (

    select distinct * from mapped

)

select * from deduplicated
