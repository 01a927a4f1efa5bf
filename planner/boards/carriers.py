"""Who carries what, for how much, how well, and what is agreed with carriers and claimed from them."""

from planner.boards.section import Section

NAMES = "with names as (select dest_region, min(dest_name) as province from promise_frontier group by all)"
CARRIERS = (
    Section(
        "carriers_chosen",
        """
        select
            concat_ws(' ', carrier_name, service_name) as service, count(*) as parcels, sum(est_cost) as freight_amount,
            sum(saved_amount) as saved_amount
        from carrier_choice
        group by all
        order by parcels desc, service
        """,
        "parcels",
    ),
    # What counts is the landed cost; freight alone may be above that of the cheapest labels.
    Section(
        "carriers_beside_rate_shopping",
        """
        with ways as (
            select 'planned' as way, est_cost, expected_cost, late_probability from carrier_offer where place = 1
            union all by name
            select 'rate_shopping' as way, est_cost, expected_cost, late_probability
            from carrier_offer
            qualify row_number() over (
                partition by outbound_id order by est_cost, expected_cost, carrier_id, service_code
            ) = 1
        )
        select
            way, count(*) as parcels, sum(est_cost) as freight_amount, sum(expected_cost - est_cost) as risk_amount,
            sum(expected_cost) as landed_amount, avg(late_probability) as late_rate
        from ways
        group by way
        order by way
        """,
        coded=(("way", "way"),),
    ),
    Section(
        "carrier_choices",
        f"""
        {NAMES}
        select
            outbound_id, coalesce(names.province, dest_province) as province,
            concat_ws(' ', carrier_name, service_name) as service, est_cost::double as parcel_price,
            nullif(insured_amount, 0)::double as insured_price, late_probability as late_rate,
            expected_cost::double as expected_cost_price,
            concat_ws(' ', runner_up_carrier_id, runner_up_service_code) as runner_up,
            runner_up_expected_cost::double as runner_up_price,
            (runner_up_expected_cost - expected_cost)::double as saved_price, bound_by, bound_by_zh,
            billed_weight_g, warehouse_id, reason, reason_zh
        from carrier_choice
        left join names on names.dest_region = dest_province
        order by saved_price desc nulls last, outbound_id
        limit 200
        """,
    ),
    Section(
        "carrier_offers",
        """
        select
            outbound_id, place as offer_place, concat_ws(' ', carrier_name, service_name) as service,
            est_cost::double as parcel_price, nullif(insured_amount, 0)::double as insured_price,
            late_probability as late_rate, expected_cost::double as expected_cost_price,
            offset_amount::double as parcel_offset_price, warehouse_id
        from carrier_offer
        order by outbound_id, offer_place
        limit 400
        """,
    ),
    Section(
        "carrier_terms",
        """
        select
            concat_ws(' ', carrier_id, service_code) as service, term_kind, status as term_status, at_stake_amount,
            target_volume::double as target_parcels, month_volume::double as month_parcels,
            projected_volume::double as projected_parcels, peak_day_volume::double as peak_parcels,
            nullif(held_volume, 0)::double as held_parcels, warehouse_id, province_id, projected_rebate_amount
        from commitment_status
        order by at_stake_amount desc nulls last, carrier_id, service_code, term_kind, scope, from_volume
        limit 200
        """,
        coded=(("term_kind", "term"), ("term_status", "term_status")),
    ),
    Section(
        "contract_prices",
        """
        select
            service_id as service, contract, contract_zh, price::double as one_more_price, cost_amount,
            nullif(left_over_parcels, 0) as left_over_parcels
        from contract_price
        order by abs(cost_amount) desc nulls last, service_id, contract
        limit 100
        """,
    ),
    Section(
        "carrier_offsets",
        """
        select
            service_id as service, warehouse_id, province_id, per_parcel::double as parcel_offset_price,
            per_kg::double as kg_offset_price
        from carrier_offset
        order by service_id, warehouse_id nulls first, province_id nulls first
        limit 200
        """,
    ),
    Section(
        "carrier_scores",
        """
        select
            concat_ws(' ', carrier_name, service_name) as service, parcels, on_time_rate,
            on_time_low as on_time_low_rate, on_time_high as on_time_high_rate,
            on_time_adjusted as on_time_adjusted_rate, 10000 * (damaged_rate + lost_rate) as failed_of_10000,
            mean_days, parcel_cost::double as parcel_price, mix_parcel_cost::double as mix_price, delivered_rate,
            open_claim_amount
        from carrier_scorecard
        where origin_region = '*'
        order by on_time_adjusted desc, service
        """,
        "on_time_adjusted_rate",
    ),
    Section(
        "freight_claims",
        """
        select
            carrier_id, kind as claim_kind, count(*) as charges, sum(billed_amount) as billed_amount,
            sum(claim_amount) as claim_amount
        from freight_audit
        group by all
        order by claim_amount desc, charges desc, carrier_id, claim_kind
        """,
        "claim_amount",
        (("claim_kind", "claim"),),
    ),
    Section(
        "freight_claim_lines",
        """
        select
            carrier_id, waybill_no, charge_type as charge, kind as claim_kind, claim_amount::double as claim_price,
            billed_amount::double as billed_price, expected_amount::double as expected_price, billed_weight_g,
            expected_weight_g, billed_zone, expected_zone, bill_no
        from freight_audit
        order by claim_amount desc, billed_amount desc, carrier_id, waybill_no, charge, claim_kind
        limit 100
        """,
        coded=(("charge", "charge"), ("claim_kind", "claim")),
    ),
    Section(
        "freight_to_come",
        """
        select
            strftime(month_start, '%Y-%m') as month, concat_ws(' ', carrier_name, service_name) as service, parcels,
            accrued_amount
        from freight_accrual
        order by month, accrued_amount desc, carrier_id, service_code
        """,
        "accrued_amount",
    ),
    Section(
        "carrier_provinces",
        f"""
        {NAMES}
        select
            coalesce(names.province, scores.dest_region) as province, sum(parcels)::bigint as parcels,
            sum(parcels * (1 - on_time_rate)) / sum(parcels) as late_rate,
            (sum(parcels * parcel_cost) / sum(parcels))::double as parcel_price
        from carrier_scorecard as scores
        left join names on names.dest_region = scores.dest_region
        where scores.dest_region != '*'
        group by all
        order by parcels desc, province
        """,
        "late_rate",
    ),
    Section(
        "promise_frontier",
        """
        select
            origin_name as origin, dest_name as province, concat_ws(' ', carrier_name, service_name) as service,
            promise_days, parcel_cost::double as parcel_price,
            ((parcel_cost - lag(parcel_cost) over cheaper) / (lag(promise_days) over cheaper - promise_days))::double
                as day_less_price,
            late_rate, mean_days, co2_g, (1000 * co2_cost)::double as co2_price
        from promise_frontier
        where is_on_frontier and lane_parcels > 0
        window cheaper as (partition by origin_region, dest_region order by parcel_cost, promise_days desc)
        order by lane_parcels desc, origin_region, dest_region, parcel_cost
        limit 200
        """,
    ),
)
