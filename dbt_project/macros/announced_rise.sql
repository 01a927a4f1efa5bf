{#- By what factor a supplier's announced price is above the one he offers;
    null where it does not count yet. It counts once the next order would pay
    it. Reads a row of int_supplier_offer as `offers`. -#}
{%- macro announced_rise(order_cycle_days) -%}
    case
        when
            offers.announced_price > 0
            and offers.offered_price > 0
            and offers.announced_from
            <= {{ business_date(as_of()) }}
            + cast(ceil({{ order_cycle_days }}) as integer)
            then offers.announced_price / offers.offered_price
    end
{%- endmacro -%}
