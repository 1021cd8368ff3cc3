"""Words that are no terms: grammar, the calendar, numbers in words, and what every report says.

Chinese grammar is left out by part of speech in core.trends.words; the Chinese list holds what a dictionary calls a
noun or a verb and no analyst would call a term. The lists are ours, kept short on purpose: what does not change over
time cannot come out as a new term anyway.
"""

LINKS = frozenset({"of", "to", "for", "in", "and", "the", "on"})
"""English words that may stand inside a phrase, as in `mixture of experts`, never at its ends."""

_GRAMMAR = """
a an the this that these those such same other others another each every either neither both all any some few many
much more most less least own no not nor none only just even also too very quite rather so than then thus hence i me
my mine we us our ours you your yours he him his she her hers it its they them their theirs one ones who whom whose
which what when where why how whether that's it's i'm we're you're they're there's be am is are was were been being
do does did done doing have has had having can could may might must shall should will would ought need cannot can't
don't doesn't didn't isn't aren't wasn't weren't won't wouldn't couldn't shouldn't hasn't haven't hadn't let lets of
to for in on at by with from into onto upon about above below over under between among amid amongst against along
across after before behind beside besides beyond despite down during except inside near off out outside past per
plus since through throughout toward towards until till up via within without and or but if because as while
although though unless whereas however therefore moreover furthermore nevertheless meanwhile yet still already again
ever never always often sometimes usually once twice here there now today tomorrow yesterday soon later earlier
recently currently previously formerly ago else instead perhaps maybe almost around approximately nearly roughly
further e.g i.e etc vs et al eg ie re
"""
_CALENDAR = """
annual annually apr april aug august autumn century daily date day days dec decade december feb february fri friday
h1 h2 hour hours jan january jul july jun june mar march minute minutes mon monday month monthly months nov november
oct october pm q1 q2 q3 q4 quarter quarters sat saturday second seconds sep sept september spring summer sun sunday
thu thur thurs thursday time times tue tues tuesday wed wednesday week weekend weekly weeks winter year years
"""
_NUMBERS = """
article articles billion billions bn cent cents chapter clause dollar dollars dozen eight eighty eleven euro euros
fifth fifty first five forty four fourth half herein hundred hundreds kg km million millions mn nine ninety number
numbers one-third paragraph percent percentage pounds pursuant rmb section sections seven seventy six sixth sixty
subsection ten tenth thereof third thirty thousand thousands three trillion trillions twelve twenty two two-thirds
usd yuan zero
"""
_REPORTING = """
able according achieve achieved achieves add added adds aim aimed aims allow allowed allows amp announce announced
announcement announces announcing back based became become becomes began begin begins best better big bring brings
brought call called calls came certain claim claimed claims click com come comes continue continued continues
current describe described describes different div due early end ended ends expect expected expects fall fallen
falls fell find finds follow followed following follows former found full gave get gets give given gives go goes
good got great grew grow grown grows help helped helps high higher highest href html http https image improve
improved improves include included includes including increase increased increases introduce introduced introduces
introducing keep keeps kept key know known large last late latest launch launched launches launching lead leads led
like likely long look lot low lower made main major make makes making name named nbsp new newly next offer offered
offers old part parts people photo plan planned plans present presented presents previous propose proposed proposes
provide provided provides publish published publishes put quot raise raised raises reach reached reaches read recent
release released releases releasing remain remained remains report reported reportedly reports rise risen rises rose
said saw say saying says see seen sees set sets several short show showed shown shows small span src start started
starts state stated states subscribe take taken takes tell tells thing things think told took top unveil unveiled
unveils use used uses using various want wanted wants way ways well went work worked works www
"""
_VERBS = """
accelerate accelerated accelerates accept accepted accepts address addressed addresses admit admits admitted agree
agreed agrees answer answered answers appear appeared appears applied applies apply approve approved approves argue
argued argues arrive arrived arrives ask asked asks assess assessed assesses attempt attempts aware base beat beats
believe believed believes bet bought break breaks broke broken build build-up builds built buy buys carried carries
carry cause caused causes change changed changes choose chooses chose chosen close closed closes combine combined
combines compare compared compares complete completed completes concern concerned concerns conclude concluded
concludes confirm confirmed confirms consider considered considers contain contained contains cover covered covers
create created creates cut cuts decide decided decides declare declared declares define defined defines deliver
delivered delivers demonstrate demonstrated demonstrates depend depends design designed desire determine determined
determines develop developed develops discuss discussed discusses double doubled doubles draw drawn draws drew drive
driven drives drop dropped drops earn earned earns emphasising emphasize emphasized emphasizes emphasizing enable
enabled enables enabling ensure ensured ensures ensuring enter entered enters establish established establishes
estimate estimated estimates examine examined examines exceed exceeded exceeds exist existed exists explain
explained explains explore explored explores express extend extended extends face faced faces fail failed fails
feature featured features featuring fit focus focused focuses force forced forces form formed forms gain gained
gains generated handle handled handles happen happened happens hear held highlight highlighted highlighting
highlights hold holds hope hopes identified identifies identify indicate indicated indicates intend intended intends
involve involved involves issue issued issues join joined joins learn learned learns leave leaves left limit limited
limits list listed lists live looked looks lose loses lost love manage manages mark marked marks match matched
matches mean means meant measure measured meet meets mention mentioned mentions met move moved moves note noted
notes obtain obtained obtains occur occurred occurs open opened opens order ordered outline outlined outlines
outperform outperformed outperforms paid pass passed passes pay pays perform performs permit permits point pointed
points prepare prepared prevent prevents produce produced produces promise promised promises protect protects prove
proved proves purportedly pursue push pushed pushes question questions ran rank ranks reduce reduced reduces refer
refers refuse refused require required requires resolve respond result results return returns reveal revealed
reveals run runs save scale seek seeks seem seems select selected sell sells send sends sent serve served serves
share shared shares sign signed signs sold sought speak spend spends spent spread stand stands stay stop stopped
stops stress stressed stresses suffice suffices suggest suggested suggests support supported supports suppose
surpass surpassed surpasses talk teach tend tends test tested thank treat treated tried tries try turn turned turns
understand update updated vote voted wait warn warned warns watch win wins won worry write writes written wrote
"""
_BLAND = """
amount amounts anyone anything approach approaches aspect aspects author authors available case cases cheap clear
colleagues collection common considerable crucial direct easy effort efforts essential everybody everyone everything
example examples extensive extent extra fact facts fair famous far fast faster fastest field fields final fine free
fresh fully general goal goals greater greatest greatly group groups happy hard hardly heavy highly idea ideas
important impressive instance interesting internal kind kinds largely level levels local mainly matter member
members method methods mostly needs notable nothing option options page partly person place problem problems purpose
range reader reason reasons related scope series side significant similar simple simply single slow someone
something sort special specific step steps stories story strong strongly subject successful task tasks title topic
topics total true type types typical unique usage useful usual variety vast version view whole wide widely word
words world worldwide wrong young
"""

ENGLISH = frozenset(str.split(f"{_GRAMMAR} {_CALENDAR} {_NUMBERS} {_REPORTING} {_VERBS} {_BLAND}"))

CHINESE = frozenset(
    str.split(
        """
        官方 媒体 知情人士 援引 即日 即日起 现可 现已 称该 据悉 消息
        发布 宣布 推出 公布 表示 提出 指出 称 介绍 报道 显示 认为 强调 要求 透露 披露 印发 出台 开展 进行 实现 推动
        推进 加强 加快 促进 提供 提高 提升 完善 建立 实施 包括 具有 成为 达到 超过 增长 下降 同比 环比 首次 首个
        正式 近日 日前 今年 去年 明年 目前 此前 今后 未来 当日 当前 以来 以上 以下 方面 领域 问题 情况 内容 部分
        工作 有关 相关 主要 重要 重大 关键 进一步 有效 全面 积极 深入 持续 不断 更加 更多 更好 多个 多种 各种 各类
        其中 同时 另外 此外 以及 如果 因为 所以 但是 可以 可能 能够 应当 必须 需要 通过 根据 按照 关于 对于 由于
        使用 利用 采用 用于 针对 面向 围绕 结合 旨在 做出 作出 取得 获得 得到 给出 带来 带动 引发 存在 出现 发生
        形成 产生 属于 位于 来自 涉及 影响 规定 负责人 有限公司 公司 记者 新闻 网站 来源 编辑 图片 责任编辑 原文
        链接 点击 本报讯 新华社 时间 上半年 下半年 季度 一季度 二季度 三季度 四季度 年底 年度 百分点 亿元 亿美元
        万元 美元 人民币 万亿 星期一 星期二 星期三 星期四 星期五 星期六 星期日 周一 周二 周三 周四 周五 周六 周日
        大家 他们 我们 你们 自己 一个 一种 一些 一批 第一 第二 第三 说 开始 结束 继续 计划 预计 希望 进入 保持 作为
        称为 所有 任何 全部 整个 本次 该 本 其 之一 事项 下列 前款 本法 本条 本条例 依照 条款 违反 明确 以及其他
        不得 予以
        """
    )
)
