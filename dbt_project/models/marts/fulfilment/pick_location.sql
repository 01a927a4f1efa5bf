with

bin_stock as (

    select * from {{ ref('stg_inventory__bin_stock') }}
    where stock_status = 'sellable' and as_of <= {{ as_of() }}

),

latest as (

    select
        warehouse_id,
        max(as_of) as as_of
    from bin_stock
    group by warehouse_id

),

bins as (

    select * from {{ ref('stg_warehouse__bin') }}

    qualify
        row_number() over (
            partition by warehouse_id, bin_id
            order by updated_at desc nulls last, source_system
        ) = 1

),

final as (

    select
        ---------- ids
        bin_stock.warehouse_id,
        bin_stock.bin_id,
        bin_stock.sku_id,
        coalesce(bin_stock.batch_no, '') as batch_no,
        coalesce(bin_stock.owner_party_id, 'self') as owner_party_id,
        any_value(bins.zone_id) as zone_id,
        any_value(bins.aisle) as aisle,
        any_value(bins.bay) as bay,
        any_value(bins.level) as level,

        ---------- text
        coalesce(any_value(bins.bin_type), 'pick') as bin_type,

        ---------- numbers
        any_value(bins.block) as block,
        any_value(bins.seq) as seq,
        any_value(bins.x_m) as x_m,
        any_value(bins.y_m) as y_m,
        {{ qty("sum(bin_stock.on_hand_qty)") }} as on_hand_qty,
        {{ qty("sum(coalesce(bin_stock.reserved_qty, 0))") }} as reserved_qty,

        ---------- booleans
        coalesce(
            any_value(bins.pick_face_sku_id) = bin_stock.sku_id, false
        ) as is_pick_face,

        ---------- dates
        any_value(batches.expiry_date) as expiry_date

    from bin_stock
    inner join latest
        on
            bin_stock.warehouse_id = latest.warehouse_id
            and bin_stock.as_of = latest.as_of
    left join bins
        on
            bin_stock.warehouse_id = bins.warehouse_id
            and bin_stock.bin_id = bins.bin_id
    left join {{ ref('int_batch') }} as batches
        on
            bin_stock.sku_id = batches.sku_id
            and bin_stock.batch_no = batches.batch_no
    group by
        bin_stock.warehouse_id,
        bin_stock.bin_id,
        bin_stock.sku_id,
        coalesce(bin_stock.batch_no, ''),
        coalesce(bin_stock.owner_party_id, 'self')

)

select * from final
