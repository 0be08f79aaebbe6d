-- Grain: one row per mail, in lower case, that changes are limited to; none when they are not limited by mail.
{%- for mail in setting_list('N2F_SYNC_ONLY_MAILS') | map('lower') | unique %}
select {{ text_literal(mail) }} as mail
{{ "union all" if not loop.last }}
{%- else %}
select {{ as_text('null') }} as mail
where 1 = 0
{%- endfor %}
