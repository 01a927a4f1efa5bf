with

contract_tables as (

    select * from {{ source('control', 'contract_table') }}

),

deliveries as (

    select
        *,
        -- never the load time: it would differ between equal runs
        coalesce(extracted_at, window_to) as delivered_at
    from {{ source('control', 'delivery') }}
    where status != 'duplicate'

),

-- what each decision cannot do without
needs (contract, decision) as (

    values
    ('order.sales_order', 'buy'),
    ('order.sales_order_line', 'buy'),
    ('inventory.stock_snapshot', 'buy'),
    ('procurement.purchase_order', 'buy'),
    ('procurement.purchase_order_line', 'buy'),
    ('supplier.supplier_sku', 'buy'),
    ('warehouse.outbound_order', 'wave'),
    ('warehouse.outbound_line', 'wave'),
    ('inventory.bin_stock', 'wave'),
    ('warehouse.bin', 'wave'),
    ('warehouse.outbound_order', 'ship'),
    ('logistics.carrier_service', 'ship'),
    ('logistics.carrier_rate', 'ship'),
    ('logistics.carrier_zone', 'ship')

),

needed as (

    select
        contract,
        list(decision order by decision) as decisions
    from needs
    group by contract

),

arrivals as (

    select
        system,
        table_name,
        delivered_at,
        lag(delivered_at) over (
            partition by system, table_name
            order by delivered_at
        ) as previous_at
    from deliveries
    where status = 'loaded'

),

-- files of one extraction are one arrival
rhythm as (

    select
        system,
        table_name,
        median(date_diff('second', previous_at, delivered_at)) / 3600.0
            as usual_gap_hours
    from arrivals
    where delivered_at > previous_at
    group by system, table_name

),

summed as (

    select
        system,
        table_name,
        bool_or(status = 'loaded') as is_delivered,
        bool_or(status = 'held') as has_held,
        max(delivered_at) filter (where status = 'loaded') as delivered_at,
        count(*) filter (where status = 'loaded') as files_loaded,
        count(*) filter (where status in ('held', 'refused'))
            as files_not_loaded,
        sum(rows_loaded) as rows_loaded,
        sum(rows_quarantined) as rows_quarantined,
        sum(rows_duplicate) as rows_duplicate,
        bool_and(attested) filter (where status = 'loaded') as is_attested,
        quantile_cont(rows_in, [0.1, 0.9]) filter (where status = 'loaded')
            as usual_rows,
        max_by(
            struct_pack(
                rows_in := rows_in,
                file_name := file_name,
                sha256 := file_sha256,
                contract_version := contract_version
            ),
            struct_pack(
                at := coalesce(delivered_at, timestamptz '-infinity'),
                name := file_name
            )
        ) filter (where status = 'loaded') as latest
    from deliveries
    group by system, table_name

),

joined as (

    select
        ---------- ids
        contract_tables.system,
        contract_tables.table_name,
        contract_tables.contract,

        ---------- text
        contract_tables.title,
        contract_tables.title_zh,
        summed.latest.contract_version,
        summed.latest.file_name as last_file,
        summed.latest.sha256 as last_file_sha256,
        case
            when summed.is_delivered then 'delivered'
            when summed.has_held then 'held'
            else 'not_delivered'
        end as status,
        case
            when not coalesce(summed.is_delivered, false)
                then contract_tables.absent_default
        end as stands_in,
        case
            when not coalesce(summed.is_delivered, false)
                then contract_tables.absent_default_zh
        end as stands_in_zh,

        ---------- numbers
        cast(contract_tables.tier as integer) as tier,
        cast(coalesce(summed.files_loaded, 0) as bigint) as files_loaded,
        cast(coalesce(summed.files_not_loaded, 0) as bigint)
            as files_not_loaded,
        cast(summed.latest.rows_in as bigint) as last_rows,
        case
            when summed.files_loaded >= {{ var('usual_rows_files') }}
                then round(summed.usual_rows[1])
        end as usual_rows_low,
        case
            when summed.files_loaded >= {{ var('usual_rows_files') }}
                then round(summed.usual_rows[2])
        end as usual_rows_high,
        cast(coalesce(summed.rows_loaded, 0) as bigint) as rows_loaded,
        cast(coalesce(summed.rows_quarantined, 0) as bigint)
            as rows_quarantined,
        cast(coalesce(summed.rows_duplicate, 0) as bigint) as rows_duplicate,
        round(
            date_diff('second', summed.delivered_at, {{ as_of() }}) / 3600.0, 2
        ) as age_hours,
        round(rhythm.usual_gap_hours, 2) as usual_gap_hours,

        ---------- lists
        coalesce(needed.decisions, []) as decisions,

        ---------- booleans
        coalesce(summed.is_delivered, false) as is_delivered,
        coalesce(summed.is_attested, false) as is_attested,

        ---------- timestamps
        summed.delivered_at

    from contract_tables
    left join summed
        on
            contract_tables.system = summed.system
            and contract_tables.table_name = summed.table_name
    left join rhythm
        on
            contract_tables.system = rhythm.system
            and contract_tables.table_name = rhythm.table_name
    left join needed on contract_tables.contract = needed.contract

),

final as (

    select
        *,
        coalesce(
            age_hours > greatest(
                coalesce(2 * usual_gap_hours, 0),
                {{ var('feed_max_age_hours') }}
            ),
            false
        ) as is_late,
        case
            when status != 'delivered' or is_late then decisions
            else []
        end as blocks
    from joined

)

select * from final
