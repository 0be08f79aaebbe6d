-- Grain: one row, the settings that this build was made with.
-- The models of this folder alone read the environment: a changed setting re-parses these few files.
select
    {{ setting_has('N2F_SYNC_ACTIONS', 'create', default='create,update') }} as is_create_on,
    {{ setting_has('N2F_SYNC_ACTIONS', 'update', default='create,update') }} as is_update_on,
    {{ setting_has('N2F_SYNC_ACTIONS', 'delete', default='create,update') }} as is_delete_on,
    {{ setting_has('N2F_SYNC_ALLOW_MASS', 'create') }} as is_mass_create_allowed,
    {{ setting_has('N2F_SYNC_ALLOW_MASS', 'update') }} as is_mass_update_allowed,
    {{ setting_has('N2F_SYNC_ALLOW_MASS', 'delete') }} as is_mass_delete_allowed,
    {{ flag('1 = 1' if env_var('N2F_SANDBOX', 'false').strip().lower() in ['true', '1', 'yes', 'on'] else '1 = 0') }}
        as is_sandbox,
    {{ trimmed(text_literal(env_var('N2F_SANDBOX_COMPANY', ''))) }} as sandbox_company,
    {{ flag('1 = 1' if setting_list('N2F_SYNC_ONLY_COMPANIES') or setting_list('N2F_SYNC_ONLY_MAILS') else '1 = 0') }}
        as is_scoped
