-- Grain: one row per different row of int_users_mapped, with the first fault that the row has in itself, if any.
with mapped as (

    select * from {{ ref('int_users_mapped') }}

),

mails_of_several_rows as (

    select coalesce(mail, '') as mail
    from mapped
    group by coalesce(mail, '')
    having count(*) > 1

),

-- Rows are compared as wholes where a mail stands more than once, and nowhere else: that is what takes time.
different_rows as (

    select distinct mapped.*
    from mapped
    inner join mails_of_several_rows on coalesce(mapped.mail, '') = mails_of_several_rows.mail

),

counted as (

    select
        *,
        count(*) over (partition by mail) as rows_of_mail
    from different_rows

    union all

    select
        mapped.*,
        1 as rows_of_mail
    from mapped
    left join mails_of_several_rows on coalesce(mapped.mail, '') = mails_of_several_rows.mail
    where mails_of_several_rows.mail is null

),

checked as (

    select
        mail,
        {%- for field in user_fields() %}
        {{ field.name }},
        {%- endfor %}
        company_code,
        case
            when mail is null then 'missing_mail'
            when not {{ is_mail('mail') }} then 'invalid_mail'
            when rows_of_mail > 1 then 'duplicate_mail'
            when company_match = 'unknown' then 'unknown_company'
            when company_match = 'ambiguous' then 'ambiguous_company'
            when role_match_count = 0 then 'unknown_role'
            when role_match_count > 1 then 'ambiguous_role'
            when profile_match_count = 0 then 'unknown_profile'
            when profile_match_count > 1 then 'ambiguous_profile'
        end {{ exact() }} as fault,
        case
            when mail is null
                then concat('employee number ', coalesce(employeeNumber, 'none'), ' has no mail')
            when not {{ is_mail('mail') }} then 'not one @ between two parts without spaces'
            when rows_of_mail > 1 then concat(rows_of_mail, ' rows that differ')
            when company_match <> 'known' then concat('company ''', unmatched_company, '''')
            when role_match_count <> 1 then concat('role ''', unmatched_role, '''')
            when profile_match_count <> 1 then concat('profile ''', unmatched_profile, '''')
        end as fault_detail
    from counted

)

select * from checked
