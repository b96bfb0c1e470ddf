"""Ends of names of hosts, for links that are written without ``https://``."""

from __future__ import annotations

from typing import Final

_COUNTRIES: Final = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz
ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm
fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is
it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm
mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr
ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg
th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
"""
_GENERIC: Final = """
academy adv aero agency app art asia audio auto bank bar beauty beer best bet bike bio biz blog blue boutique
box build business buzz cab cafe camera camp capital car cards care cars casa cash cat catering center chat
church city cleaning click clinic cloud club coach codes coffee com community company computer construction
consulting contact cool coop coupons courses credit dance date deals delivery dental design dev digital direct
dog download earth edu education email energy engineer engineering enterprises estate events exchange expert
express family fan farm fashion film finance financial fish fit fitness flights florist flowers football forum
foundation fun fund futbol fyi gallery game games garden gift gifts global gold golf gov graphics gratis green
group guide guru hair haus health help holiday homes horse hospital host hosting hotel house icu immo info ink
institute insurance int international investments jewelry jobs kids kim kitchen land lat law lawyer legal life
lighting limited limo link live loan lol london love ltd ltda luxury management market marketing mba media
memorial men menu mil mobi moda moe money mov museum music name net network news ngo ninja one ong onl online
org organic page partners parts party pet pharmacy photo photography photos pics pictures pink pizza place
plumbing plus press pro productions promo properties pub racing radio recipes red rent rentals repair report
rest restaurant review reviews rio rip rocks run sale salon school science security select services shoes shop
shopping show site ski social software solar solutions space store stream studio study style support surf
surgery systems tattoo tax taxi team tech technology tel tennis theater tickets tienda tips tires today tools
top tours town toys trade trading training travel tube university uno uol vacations vegas ventures vet video
villas vin vip vision vote voto voyage watch web webcam website wedding wiki win wine work works world wtf xyz
yoga zip zone
"""
_OTHER_SCRIPTS: Final = """
рф рус бел укр срб бг мкд қаз мон онлайн сайт орг дети москва ελ ευ 中国 中國 香港 台灣 台湾 新加坡
公司 网络 网址 在线 中文网 商城
みんな 한국 닷컴 ไทย भारत বাংলা இந்தியா السعودية مصر امارات قطر الاردن المغرب موقع شبكة ایران ישראל
"""
TOP_LEVEL_DOMAINS: Final = frozenset(f"{_COUNTRIES} {_GENERIC} {_OTHER_SCRIPTS}".split())
"""In small letters: all of countries, the others that people meet. Source: IANA, root zone database."""
