-- Grain: one row per company code that Agresso's rows hold ('' for none), with the N2F company it stands for.
-- company_match: known, unknown (no company_uuid), or ambiguous (several N2F companies have the code).
with users as (

    select * from {{ ref('stg_agresso__users') }}

),

analytics as (

    select * from {{ ref('stg_agresso__analytics') }}

),

companies as (

    select * from {{ ref('stg_n2f__companies') }}

),

settings as (

    select * from {{ ref('run_settings') }}

),

agresso_codes as (

    select coalesce(entreprise, '') as agresso_code from users
    union
    select coalesce(client, '') as agresso_code from analytics

),

n2f_codes as (

    select
        company_code,
        min(company_uuid) as company_uuid,
        count(*) as company_count
    from companies
    where company_code is not null
    group by company_code

),

-- In the sandbox alone, one company stands in for those that N2F does not know.
stand_in as (

    select
        n2f_codes.company_code,
        n2f_codes.company_uuid
    from n2f_codes
    inner join settings on n2f_codes.company_code = settings.sandbox_company
    where
        settings.is_sandbox = 1
        and n2f_codes.company_count = 1

),

matched as (

    select
        agresso_codes.agresso_code,
        case
            when n2f_codes.company_count > 1 then 'ambiguous'
            when coalesce(n2f_codes.company_uuid, stand_in.company_uuid) is not null then 'known'
            else 'unknown'
        end {{ exact() }} as company_match,
        case
            when n2f_codes.company_count > 1 then null
            else coalesce(n2f_codes.company_uuid, stand_in.company_uuid)
        end as company_uuid,
        case
            when n2f_codes.company_count > 1 then null
            when n2f_codes.company_uuid is null then stand_in.company_code
            else n2f_codes.company_code
        end as company_code
    from agresso_codes
    left join n2f_codes on agresso_codes.agresso_code = n2f_codes.company_code
    left join stand_in on 1 = 1

)

select * from matched
