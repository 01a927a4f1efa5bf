"""Exports in the form that six real systems write them, a few rows each, made by hand."""

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

WECHAT_COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
    "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
    "申请退款金额,费率备注"
)
WECHAT_SUMMARY = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"


def wechat_row(number: int, name: str = "跑鞋", amount: str = "100.00", refund: str = "") -> str:
    state = "REFUND" if refund else "SUCCESS"
    paid, back, fee = ("0.00", refund, "-0.60000") if refund else (amount, "0.00", "0.60000")
    values = [
        f"2025-01-05 09:00:{number % 60:02d}", "wx8888", "1900000109", "0", "", f"42000023452025010512345{number:05d}",
        f"20250105{number:08d}", "oUpF", "JSAPI", state, "OTHERS", "CNY", paid, "0.00", f"5030{number}", f"R{number}",
        back,         "0.00", "", "", name, "", fee, "0.60%", paid, back, "",
    ]  # fmt: skip
    return "`" + ",`".join(values)


def wechat(rows: Sequence[str], count: int, amount: str, refund: str, fee: str) -> bytes:
    summary = f"`{count},`{amount},`{refund},`0.00,`{fee},`{amount},`{refund}"
    lines = [WECHAT_COLUMNS, *rows, WECHAT_SUMMARY, summary]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


ALIPAY_HEAD = """#支付宝账务明细查询
#账号：[20880000000000000156]
#起始日期：[2025年01月05日 00:00:00]   终止日期：[2025年01月06日 00:00:00]
#-----------------------------------------账务明细列表----------------------------------------
账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注
"""
ALIPAY_FOOT = """#-----------------------------------------账务明细列表结束------------------------------------
#支出合计：1笔，共-{expense}元
#收入合计：{count}笔，共{income}元
#导出时间：[2025年01月06日 10:00:00]"""


def alipay_row(number: int, income: str = "", expense: str = "", kind: str = "在线支付") -> str:
    return (
        f"20250105{number:013d}\t,2025010522{number:012d}\t,T{number}\t,跑鞋 龘,"
        f"2025/1/5 9:{number:02d},buyer***@qq.com\t,"
        f'{income},{expense},"7,573.88",支付宝,{kind},'
    )


def alipay(rows: Sequence[str], count: int, income: str, expense: str) -> bytes:
    text = ALIPAY_HEAD + "\n".join(rows) + "\n" + ALIPAY_FOOT.format(count=count, income=income, expense=expense)
    return text.replace("\n", "\r\n").encode("gb18030")


AMAZON = (
    "settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\tcurrency\ttransaction-type\t"
    "order-id\tamount-type\tamount-description\tamount\tposted-date-time\tsku\tquantity-purchased\n"
    "19800000011\t01.01.2025 00:00:00 UTC\t15.01.2025 00:00:00 UTC\t17.01.2025 00:00:00 UTC\t"
    "{total}\tEUR\t\t\t\t\t\t\t\t\n"
    "19800000011\t\t\t\t\t\tOrder\t302-1\tItemPrice\tPrincipal\t1.229,99\t05.01.2025 10:00:00 UTC\tA-0\t1\n"
    "19800000011\t\t\t\t\t\tOrder\t302-1\tItemFees\tCommission\t{fee}\t05.01.2025 10:00:00 UTC\tA-0\t\n"
    "19800000011\t\t\t\t\t\tOrder\t302-2\tItemPrice\tPrincipal\t10,00\t05.01.2025 10:01:00 UTC\tA-1\t1\n"
    "19800000011\t\t\t\t\t\tRefund\t302-2\tItemPrice\tPrincipal\t-10,00\t06.01.2025 10:01:00 UTC\tA-1\t1\n"
    "19800000011\t\t\t\t\t\tOrder\t302-3\tItemPrice\tPrincipal\t5,00\t05.01.2025 10:01:00 UTC\tA-1\t1\n"
)

SHOPIFY = """Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,\
Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Refunded Amount,Notes
#1001,a@ex.com,paid,2025-01-05 10:00:00 +0800,fulfilled,USD,45.00,5.00,4.50,54.50,5.00,2025-01-05 09:59:00 +0800,1,\
"Runner, ""Pro""
wide",25.00,00100,,"line1
line2"
#1001,a@ex.com,,,,,,,,,,,2,Socks,12.50,00101,,
#1002,b@ex.com,refunded,,,USD,25.00,0.00,0.00,25.00,0.00,2025-01-06 09:59:00 -0500,1,Runner,25.00,00102,25.00,
"""


def workbook(rows: Sequence[Sequence[object]], sheet: str = "账单") -> bytes:
    """A workbook of one sheet: numbers as number cells, text as text, `Error` as an error cell, None as no cell."""
    body = "".join(
        f'<row r="{at}">' + "".join(_cell(at, place, value) for place, value in enumerate(row)) + "</row>"
        for at, row in enumerate(rows, start=1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        f'<sheet name="{sheet}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
    }
    return zipped({name: text.encode() for name, text in parts.items()})


def _cell(row: int, place: int, value: object) -> str:
    address = f'r="{chr(65 + place)}{row}"'
    if value is None:
        return ""
    if isinstance(value, int | float):
        return f"<c {address}><v>{value}</v></c>"
    if isinstance(value, str) and value.startswith("#"):
        return f'<c {address} t="e"><v>{value}</v></c>'
    return f'<c {address} t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def sf_bill(rows: Sequence[Sequence[object]], total: float) -> bytes:
    head = [
        ["顺丰月结账单 2025-01 月结卡号 0200000000"],
        ["运单号码", "寄件日期", "重量(kg)", None, "费用(元)", None, None, "备注"],
        [None, None, "实际", "计费", "运费", "保价", "应付", None],
    ]
    return workbook([*head, *rows, ["合计", None, None, None, total]])


def wangdiantong(count: int = 8) -> bytes:
    """Orders as the interface returns them, a few."""
    orders = [
        {"trade_no": f"JY{n}", "src_tids": f"24{n:017d}", "trade_status": 95, "trade_time": f"17360676{n:05d}",
         "pay_time": f"2025-01-05 17:00:{n:02d}", "receivable": "822.2400", "version_id": n, "shop_no": "S1",
         "warehouse_no": "WH1", "modified": "2025-01-05 18:00:00", "receiver_name": "张三"}
        for n in range(count)
    ]  # fmt: skip
    return "\n".join(json.dumps(order, ensure_ascii=False) for order in orders).encode()


def exports() -> list[tuple[str, str, bytes]]:
    """A small whole export of each source whose mapping ships: mapping, file name, content."""
    days = [[f"SF100000000{n:04d}", f"2025/1/{n + 5}", 1.2, 1.5, 10.25, "—", 10.25, "x"] for n in range(16)]
    bill = [wechat_row(1), wechat_row(2), wechat_row(3, refund="40.50")]
    log = [alipay_row(1, "1250.00"), alipay_row(2, "51.90"), alipay_row(3, "", "-242.12", "交易退款")]
    return [
        ("wechat_pay", "wechat_trade_20250105.csv", wechat(bill, 3, "200.00", "40.50", "0.60000")),
        ("alipay", "alipay_acclog_20250105.csv", alipay(log, 2, "1,301.90", "242.12")),
        ("sf_express", "sf_freight_202501.xlsx", sf_bill(days, 164)),
        ("shopify", "shopify_orders_1.csv", SHOPIFY.encode()),
        ("amazon_settlement", "amazon_settlement_de.txt", AMAZON.format(total="1.230,49", fee="-4,50").encode()),
        ("wangdiantong", "wdt_orders_20250105.jsonl", wangdiantong()),
    ]


# The dialect of Microsoft's sample database: TABs, no header, empty for NULL, no digit before a point.
ADVENTUREWORKS = {
    "PurchaseOrderHeader.csv": (
        "1\t5\t4\t258\t1580\t3\t2022-04-15 00:00:00.000\t2022-04-24 00:00:00.000\t201.0400\t16.0832\t5.0260\t222.1492"
        "\t2022-04-24 00:00:00.000\n"
        "2\t5\t1\t254\t1496\t5\t2022-04-15 00:00:00.000\t2022-04-24 00:00:00.000\t272.1000\t21.7681\t6.8025\t300.6721"
        "\t2022-04-24 00:00:00.000\n"
    ),
    "PurchaseOrderDetail.csv": (
        "1\t1\t2022-04-29 00:00:00.000\t4\t1\t50.2600\t201.0400\t3.00\t.00\t3.00\t2022-04-22 00:00:00.000\n"
        "2\t2\t2022-04-29 00:00:00.000\t3\t359\t45.1200\t135.3600\t3.00\t.00\t3.00\t2022-04-22 00:00:00.000\n"
        "2\t3\t2022-04-29 00:00:00.000\t3\t360\t45.5800\t136.7400\t3.00\t2.00\t1.00\t2022-04-22 00:00:00.000\n"
    ),
    "ProductVendor.csv": (
        "1\t1580\t17\t47.8700\t50.2635\t2022-08-28 00:00:00.000\t1\t5\t3\tCS \t2022-08-28 00:00:00.000\n"
        "4\t1650\t17\t54.3100\t57.0255\t2022-08-28 00:00:00.000\t1\t5\t\tCTN\t2022-08-28 00:00:00.000\n"
    ),
    "Vendor.csv": "1492\tEXAMPLE0001\tExample Bicycles\t5\t1\t0\t\t2022-12-22 00:00:00.000\n",
    "ProductInventory.csv": (
        "1\t1\tA\t1\t408\t00000000-0000-0000-0000-000000000001\t2025-08-07 00:00:00.000\n"
        "1\t6\tB\t5\t324\t00000000-0000-0000-0000-000000000002\t2025-08-08 00:00:00.000\n"
        "1\t50\tA\t5\t353\t00000000-0000-0000-0000-000000000003\t2025-08-07 00:00:00.000\n"
    ),
    "ProductCostHistory.csv": (
        "707\t2022-05-30 00:00:00.000\t2023-05-29 00:00:00.000\t12.0278\t2023-05-29 00:00:00.000\n"
        "707\t2023-05-30 00:00:00.000\t\t13.8782\t2024-05-28 00:00:00.000\n"
    ),
    "ProductListPriceHistory.csv": (
        "707\t2022-05-30 00:00:00.000\t2023-05-29 00:00:00.000\t33.6442\t2023-05-29 00:00:00.000\n"
        "707\t2023-05-30 00:00:00.000\t\t34.9900\t2024-05-08 00:00:00.000\n"
    ),
    "Product.csv": (
        "507\tMountain Rim\tRM-M464\t0\t0\t\t800\t600\t.0000\t.0000\t\t\tG  \t435.00\t0\t\tL \t\t\t\t"
        "2019-04-30 00:00:00.000\t\t\t00000000-0000-0000-0000-000000000004\t2025-02-07 10:01:36.827\n"
    ),
}  # fmt: skip

JD = """订单编号,订单状态,商品编号,商品名称,商品数量,应结金额,费用名称,收支方向,售后服务单号,佣金比例
300000000001,已完成,10001,跑鞋,1,199.00,货款,收入,,
300000000001,已完成,10001,跑鞋,1,9.95,佣金,支出,,5%
300000000001,已完成,10001,跑鞋,1,1.19,交易服务费,支出,,
300000000002,已完成,10002,袜子,1,50.00,货款,收入,,
300000000002,已完成,10002,袜子,1,-50.00,货款,支出,9001,
合计,,,,,187.86,,,,
"""

SHOPIFY_INVENTORY = """Handle,Title,Option1 Name,Option1 Value,SKU,HS Code,COO,Location,Incoming (not editable),\
Unavailable (not editable),Committed (not editable),Available (not editable),On hand (current),On hand (new)
runner,Runner,Size,42,00100,,,Main,0,0,2,10,12,
runner,Runner,Size,42,00100,,,Outlet,0,0,0,0,0,
runner,Runner,Size,43,00101,,,Outlet,not stocked,not stocked,not stocked,not stocked,not stocked,
socks,Socks,Title,Default Title,,,,Main,0,0,0,5,5,
"""

SHOPIFY_PRODUCTS = """Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,\
Option2 Value,Variant SKU,Variant Grams,Variant Price,Variant Barcode,Image Src,Status
runner,Runner,"<p>Light,
fast</p>",Acme,Shoes,new,TRUE,Size,42,Colour,white,00100,300,99.00,'6900000000001,,active
runner,,,,,,,,43,,white,00101,310,99.00,,,
runner,,,,,,,,,,,,,,,https://example.com/2.jpg,
socks,Socks,,Acme,Socks,,TRUE,Title,Default Title,,,00200,50,9.50,,,draft
"""

ODOO_PURCHASES = """id,name,partner_id/id,date_order,state,currency_id/id,amount_untaxed,amount_tax,amount_total,\
write_date,order_line/id,order_line/product_id/id,order_line/product_qty,order_line/qty_received,order_line/price_unit,\
order_line/product_uom/id,order_line/date_planned
__export__.purchase_order_7_a1,P00007,base.res_partner_1,2025-01-05 08:00:00,purchase,base.EUR,45.00,9.00,54.00,\
2025-01-06 09:00:00,__export__.purchase_order_line_1_a,product.a,10.0,4.0,2.50,uom.product_uom_unit,2025-01-20 08:00:00
,,,,,,,,,,__export__.purchase_order_line_2_b,product.b,5.0,0.0,4.00,uom.product_uom_unit,2025-01-20 08:00:00
__export__.purchase_order_8_b2,P00008,base.res_partner_2,2025-01-06 08:00:00,draft,base.EUR,4.00,0.80,4.80,\
2025-01-06 09:00:00,__import__.BUY-0123456789abcdef0123,product.b,1.0,0.0,4.00,uom.product_uom_unit,2025-01-21 08:00:00
"""

ODOO_QUANTS = """id,location_id/id,location_id/warehouse_id/id,location_id/usage,product_id/id,lot_id/name,quantity,\
reserved_quantity
q1,stock.shelf_1,stock.warehouse0,internal,product.a,,10.0,2.0
q2,stock.shelf_2,stock.warehouse0,internal,product.a,,5.0,0.0
q3,stock.shelf_1,stock.warehouse0,internal,product.b,L1,7.0,0.0
q4,stock.stock_location_customers,,customer,product.a,,-3.0,0.0
"""

ERPNEXT_PURCHASES = """ID,Supplier,Date,Status,Required By,Currency,Net Total,Grand Total,Last Updated On,ID (Items),\
Item Code (Items),Quantity (Items),Rate (Items),Received Qty (Items),UOM (Items),UOM Conversion Factor (Items)
PUR-ORD-2025-00001,Example Ltd,2025-01-05,To Receive and Bill,2025-01-20,CNY,312.00,312.00,2025-01-05 10:00:00.123456,\
a1b2c3,00100,10.0,30.0,5.0,Box,12.0
,,,,,,,,,d4e5f6,00101,3.0,4.0,0.0,Nos,1.0
"""

ERPNEXT_STOCK = """Item,Item Name,Item Group,Warehouse,Stock UOM,Balance Qty,Balance Value,Valuation Rate,Reserved Stock
00100,Runner,Shoes,Stores - A,Nos,12.0,360.0,30.0,2.0
00101,Socks,Socks,Stores - A,Nos,5.0,20.0,4.0,0.0
Total,,,,,17.0,380.0,,
"""


def later_exports() -> list[tuple[str, str, bytes]]:
    """The same of the sources whose mappings were written after the wizard's words: nobody fitted one to the other."""
    lines = [
        {"rec_id": 10 + n, "spec_no": f"00{n}", "num": 4, "confirm_num": 4, "stopwait_num": 0, "stockin_num": n,
         "price": 2.5, "tax_rate": 0.13, "purchase_unit_name": "箱", "modified": "2023-01-12 16:27:55"}
        for n in range(2)
    ]  # fmt: skip
    order = {
        "provider_no": "G1", "status": 50, "settle_status": 1, "warehouse_no": "WH1", "created": 1673511761000,
        "check_time": "2023-01-12 17:00:00", "modified": 1673511761000, "total_fee": 20, "goods_fee": 20, "post_fee": 0,
        "expect_arrive_time": "2023-01-17 16:27:55", "purchaser_name": "张三", "detail_list": lines,
    }  # fmt: skip
    stock = [
        {"spec_no": f"00{n}", "warehouse_no": "WH1", "stock_num": 3 + n, "defect": n == 1, "lock_num": 1,
         "sending_num": 0, "purchase_num": 0, "transfer_num": 0, "available_send_stock": 2, "cost_price": 3.5,
         "modified": 1681106995000, "remark": "x"}
        for n in range(3)
    ]  # fmt: skip
    return [
        ("jd_settlement", "jd_settlement_20250105.csv", JD.encode("gb18030")),
        ("shopify", "shopify_inventory_20250105.csv", SHOPIFY_INVENTORY.encode()),
        ("shopify", "shopify_products_20250105.csv", SHOPIFY_PRODUCTS.encode()),
        ("odoo", "odoo_purchase_order.csv", ODOO_PURCHASES.encode()),
        ("odoo", "odoo_stock_quant_20250105.csv", ODOO_QUANTS.encode()),
        ("erpnext", "erpnext_purchase_order.csv", ERPNEXT_PURCHASES.encode()),
        ("erpnext", "erpnext_stock_balance_20250105.csv", ERPNEXT_STOCK.encode()),
        ("wangdiantong", "wdt_purchase_20250105.jsonl", _lines({"purchase_no": f"CG{n}"} | order for n in range(2))),
        ("wangdiantong", "wdt_stock_20250105.jsonl", _lines(stock)),
    ]


def _lines(records: Iterable[dict]) -> bytes:
    return "\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()
