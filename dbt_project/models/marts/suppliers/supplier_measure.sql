-- Figures as measured, and shrunk towards what a supplier's peers say of him.
with

measured as (

    select * from {{ ref('int_supplier_figure') }}

),

with_category as (

    select
        measured.*,
        suppliers.category_id
    from measured
    inner join {{ ref('int_supplier_category') }} as suppliers
        on measured.supplier_id = suppliers.supplier_id

),

peer_groups as (

    select
        *,
        category_id as peer_group
    from with_category
    where category_id is not null

    union all

    select
        *,
        '*' as peer_group
    from with_category

),

group_sums as (

    select
        measure,
        peer_group,
        count(*) as peers,
        sum(samples) as n,
        sum(samples * samples) as n_squared,
        cast({{ exact_sum("samples * value") }} as double) as s1,
        cast({{ exact_sum("samples * value * value") }} as double) as s2,
        cast(
            {{ exact_sum("(samples - 1) * std_dev * std_dev") }} as double
        ) as within_sum
    from peer_groups
    group by measure, peer_group

),

-- Buehlmann and Straub (1970): variance within a supplier, variance between
variances as (

    select
        measure,
        peer_group,
        peers,
        s1 / n as peer_value,
        coalesce(within_sum / nullif(n - peers, 0), 0) as within_variance,
        greatest(
            (
                s2 - s1 * s1 / n
                - (peers - 1) * coalesce(within_sum / nullif(n - peers, 0), 0)
            ) / nullif(n - n_squared / cast(n as double), 0),
            0
        ) as between_variance
    from group_sums
    where peers >= case
        when peer_group = '*' then 2
        else {{ var("scorecard_min_peers") }}
    end

),

weighed as (

    select
        with_category.*,
        coalesce(own.peer_group, everyone.peer_group) as peer_group,
        coalesce(own.peers, everyone.peers) as peers,
        coalesce(own.peer_value, everyone.peer_value) as peer_value,
        coalesce(own.within_variance, everyone.within_variance)
            as within_variance,
        coalesce(own.between_variance, everyone.between_variance)
            as between_variance
    from with_category
    left join variances as own
        on
            with_category.measure = own.measure
            and with_category.category_id = own.peer_group
    left join variances as everyone
        on
            with_category.measure = everyone.measure
            and everyone.peer_group = '*'

),

final as (

    select
        ---------- ids
        supplier_id,
        category_id,

        ---------- text
        measure,
        case
            when measure = 'dropship_dispatch' then 'hours'
            when
                measure like '%\_time' escape '\'
                and measure != 'dropship_on_time' then 'days'
            else 'share'
        end as unit,

        ---------- as measured
        samples,
        samples >= {{ var("scorecard_min_samples") }} as has_enough_samples,
        cast(value as double) as value,
        cast(low as double) as low,
        cast(high as double) as high,
        cast(std_dev as double) as std_dev,
        cast(p95 as double) as p95,

        ---------- shrunk towards its peers
        peer_group,
        coalesce(peers, 0) as peers,
        cast(peer_value as double) as peer_value,
        round(
            coalesce(
                samples * between_variance / nullif(
                    samples * between_variance + within_variance, 0
                ),
                1
            ),
            6
        ) as own_weight,
        round(
            case
                when peer_value is null then value
                else peer_value + (value - peer_value) * coalesce(
                    samples * between_variance / nullif(
                        samples * between_variance + within_variance, 0
                    ),
                    1
                )
            end,
            6
        ) as shrunk_value

    from weighed

)

select * from final
