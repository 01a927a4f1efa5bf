with

claims as (

    select * from {{ source('control', 'key') }}

),

used as (

    select
        entity,
        source_system,
        used_id,
        sum(row_count) as row_count,
        array_to_string(
            list(contract order by row_count desc, contract), ', '
        ) as contracts
    from {{ ref('int_key_use') }}
    group by entity, source_system, used_id

),

master_ids as (

    select * from {{ ref('int_master_key') }}

),

our_ids as (

    select
        entity,
        id
    from master_ids
    union
    select
        entity,
        id
    from claims
    where is_standing

),

unmatched as (

    select
        used.entity,
        used.source_system,
        used.used_id as source_id,
        'unmatched' as problem,
        null as claimed_id,
        null as standing_source_id
    from used
    anti join our_ids
        on used.entity = our_ids.entity and used.used_id = our_ids.id
    anti join claims
        on
            used.entity = claims.entity
            and used.source_system = claims.source_system
            and used.used_id = claims.source_id

),

conflicts as (

    select
        claims.entity,
        claims.source_system,
        claims.source_id,
        'conflict' as problem,
        claims.id as claimed_id,
        standing.source_id as standing_source_id
    from claims
    inner join claims as standing
        on
            claims.entity = standing.entity
            and claims.source_system = standing.source_system
            and claims.id = standing.id
            and standing.is_standing
    where not claims.is_standing

),

-- only where somebody lists the things of this kind
nowhere as (

    select
        entity,
        source_system,
        source_id,
        'unknown_target' as problem,
        id as claimed_id,
        null as standing_source_id
    from claims
    where
        is_standing
        and entity in (select master_ids.entity from master_ids)
        and (entity, id) not in (
            select
                master_ids.entity,
                master_ids.id
            from master_ids
        )

),

found as (

    select * from unmatched
    union all
    select * from conflicts
    union all
    select * from nowhere

),

judged as (

    select
        found.*,
        coalesce(used.row_count, 0) as row_count,
        used.contracts,
        case found.problem
            when 'unmatched' then 'add the key to the key map'
            when 'conflict' then 'use one key, or correct the key map'
            else 'correct the key map, or deliver the master record'
        end as proposed_action
    from found
    left join used
        on
            found.entity = used.entity
            and found.source_system = used.source_system
            -- what stands is in our key already
            and used.used_id = if(
                found.problem = 'unknown_target',
                found.claimed_id,
                found.source_id
            )

),

final as (

    select
        ---------- ids
        entity,
        source_system,
        source_id,
        claimed_id,
        standing_source_id,

        ---------- text
        problem,
        contracts,
        proposed_action,
        {{ in_chinese("proposed_action") }} as proposed_action_zh,

        ---------- numbers
        cast(row_count as bigint) as row_count

    from judged

)

select * from final
