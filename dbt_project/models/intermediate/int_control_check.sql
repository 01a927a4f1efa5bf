-- The checks of the twelve controls: what each compares, in which unit, and
-- how much may be off.
with

checks (control_no, check_name, unit, tolerance, title, title_zh) as (

    values
    (
        1, 'ledger_explains_counts', 'units', 0,
        'ledger movements between two counts = their difference',
        '两次快照之间的流水 = 库存差异'
    ),
    (
        2, 'accepted_within_ordered', 'units', 0,
        'accepted at most what was ordered',
        '验收数量不超过订购数量'
    ),
    (
        2, 'invoiced_within_accepted', 'units', 0,
        'invoiced at most what was accepted',
        '开票数量不超过验收数量'
    ),
    (
        2, 'invoiced_at_agreed_price', 'money', 0.01,
        'invoiced at the price of the order',
        '发票单价 = 采购单价'
    ),
    (
        2, 'invoiced_at_agreed_tax', 'money', 0.01,
        'invoiced at the tax rate of the order',
        '发票税率 = 采购税率'
    ),
    (
        2, 'invoice_names_an_order', 'money', 0.01,
        'an invoice is of an order we know',
        '发票对应已知采购单'
    ),
    (
        3, 'payable_adds_up', 'money', 0.01,
        'payable = goods + freight - discounts',
        '应付 = 商品 + 运费 - 优惠'
    ),
    (
        3, 'lines_add_up_to_goods', 'money', 0.01,
        'amounts of the lines = goods amount of the order',
        '订单行金额合计 = 订单商品金额'
    ),
    (
        3, 'discounts_are_allocated', 'money', 0.01,
        'discounts of the lines = discounts of the order',
        '行分摊优惠合计 = 订单优惠'
    ),
    (
        4, 'refunds_within_payments', 'money', 0.01,
        'refunded at most what was paid',
        '退款不超过实付'
    ),
    (
        4, 'statement_amount', 'money', 0.01,
        'the channel states the amount that we booked',
        '渠道账单金额 = 我方账面金额'
    ),
    (
        4, 'payment_is_stated', 'money', 0.01,
        'what we booked is on the statement',
        '我方流水在渠道账单中'
    ),
    (
        4, 'statement_is_booked', 'money', 0.01,
        'what is on the statement is in our books',
        '渠道账单在我方流水中'
    ),
    (
        5, 'bill_lines_are_accounted', 'rows', 0,
        'every line of a statement or bill is loaded or in quarantine',
        '账单每一行已入库或在隔离区'
    ),
    (
        6, 'billed_by_rate_card', 'money', 0.01,
        'freight billed = freight by the rate card',
        '运费账单 = 按价卡重算'
    ),
    (
        6, 'billed_as_estimated', 'money', 0.01,
        'freight billed = freight estimated at dispatch',
        '运费账单 = 发货时预估'
    ),
    (
        6, 'waybill_billed_once', 'times', 0,
        'a waybill is billed once',
        '运单不重复计费'
    ),
    (
        6, 'billed_parcel_is_ours', 'parcels', 0,
        'a billed waybill is one of our shipments',
        '计费运单有发货记录'
    ),
    (
        7, 'outbound_is_ledger', 'units', 0,
        'shipped by the warehouse = sold out of the ledger',
        '出库数量 = 流水销售出库'
    ),
    (
        7, 'order_is_ledger', 'units', 0,
        'shipped by the order line = sold out of the ledger',
        '订单行发货数量 = 流水销售出库'
    ),
    (
        8, 'returns_are_ledger', 'units', 0,
        'received by the return line = returned into the ledger',
        '退货收货数量 = 流水退货入库'
    ),
    (
        8, 'returns_are_sorted', 'units', 0,
        'resellable returns, and no others, are sellable stock',
        '可售退货（且仅此）转为可售库存'
    ),
    (
        9, 'valuation_is_count', 'units', 0,
        'valued quantity = counted quantity at the month end',
        '计价数量 = 月末库存快照'
    ),
    (
        9, 'valuation_is_ledger_balance', 'money', 0.01,
        'valued amount = balance of the inventory accounts',
        '存货计价金额 = 总账存货余额'
    ),
    (
        10, 'voucher_balances', 'money', 0,
        'debit = credit in every voucher',
        '凭证借贷平衡'
    ),
    (
        10, 'posted_lines_stand', 'rows', 0,
        'a posted line is never told again with another content',
        '已过账分录不被改写'
    ),
    (
        11, 'steps_are_allowed', 'steps', 0,
        'orders take allowed steps only',
        '订单状态流转合法'
    ),
    (
        11, 'times_run_forwards', 'steps', 0,
        'ordered, paid, shipped, delivered in this order',
        '下单、支付、发货、签收时间递增'
    ),
    (
        12, 'no_window_is_missing', 'hours', 0,
        'windows of deliveries leave no hole',
        '交付时间窗无空洞'
    ),
    (
        12, 'windows_are_full', 'rows', 0,
        'no day has less than 60 % of the usual rows of its weekday',
        '单日行数不低于同星期中位数的 60 %'
    )

),

final as (

    select
        check_name,
        unit,
        title,
        title_zh,
        cast(control_no as integer) as control_no,
        cast(tolerance as decimal(18, 4)) as tolerance
    from checks

)

select * from final
