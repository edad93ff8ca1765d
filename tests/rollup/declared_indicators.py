"""Indicators as offices declare them, each with the rule that should be proposed."""

# project | indicator | target | measure | kinds | venue kinds | milestone kind | online | judged | tolerance
SAMPLE = """
基层科普服务 | 覆盖面 | ≥16个 | districts_covered |  |  |  |  |  |
基层科普服务 | 达标率 | =100% | quality_rate |  |  |  |  |  |
基层科普服务 | 及时率 | =100% | everything_on_time |  |  |  |  |  |
基层科普服务 | 基层科普服务能力提升情况 | 有效提升 | - |  |  |  |  | 评定 |
基层科普服务 | 长效管理制度健全性 | 健全 | milestones_on_time |  |  | 制度 |  | 评定 |
基层科普服务 | 受众群体满意度 | ≥90% | satisfaction |  |  |  |  |  |
科技会客厅-科学咖啡馆 | 成本节约率 | ≥0% | cost_saving |  |  |  |  |  |
科技会客厅-科学咖啡馆 | 科技会客厅活动场次 | ≥5次 | activities_held |  |  |  |  |  |
科技会客厅-科学咖啡馆 | 受众人数 | ≥2000人 | people_reached |  |  |  | 线上 |  |
科技会客厅-科学咖啡馆 | 微信公众号推送活动内容 | ≥5次 | push_batches |  |  |  |  |  |
科技会客厅-科学咖啡馆 | 科普活动工作质量达标率 | =100% | quality_rate |  |  |  |  |  |
科技会客厅-科学咖啡馆 | 科学咖啡馆系列科普活动举办及时性 | 及时 | activities_on_time |  |  |  |  | 评定 |
科技会客厅-科学咖啡馆 | 媒体报告影响力提升情况 | ≥5篇 | media_reports |  |  |  |  |  |
科技会客厅-科学咖啡馆 | 长效管理制度健全性 | 健全 | milestones_on_time |  |  | 制度 |  | 评定 |
科技会客厅-科学咖啡馆 | 受众群体满意度 | ≥90% | satisfaction |  |  |  |  |  |
大型科普活动 | 成本节约率 | =0% | cost_saving |  |  |  |  |  | 0.50
大型科普活动 | 科普日主场重点活动 | =1场 | activities_held | 科普日主场 |  |  |  |  |
大型科普活动 | 微信公众号推送活动数 | =1次 | activities_pushed | 科普日主场 |  |  |  |  |
大型科普活动 | 受众区域覆盖数 | =16区 | districts_covered |  |  |  |  |  |
大型科普活动 | 科普日主场重点活动质量达标率 | =100% | quality_rate | 科普日主场 |  |  |  |  |
大型科普活动 | 各项工作完成及时性 | 及时 | milestones_on_time |  |  | 工作节点 |  | 评定 |
大型科普活动 | 大型科普活动信息发布及时性 | 及时 | releases_on_time |  |  |  |  | 评定 |
大型科普活动 | 媒体报告数量提升情况 | ≥1篇 | media_reports |  |  |  |  |  |
大型科普活动 | 长效管理制度健全性 | 健全 | milestones_on_time |  |  | 制度 |  | 评定 |
大型科普活动 | 受众群体满意度 | ≥90% | satisfaction |  |  |  |  |  |
科普资源配送 | 成本节约率 | ≥0% | cost_saving |  |  |  |  |  |
科普资源配送 | 开展配送和志愿服务数量 | ≥80次 | activities_held | 资源配送、志愿服务 |  |  |  |  |
科普资源配送 | 活动受众人数 | ≥5000人 | people_reached |  |  |  |  |  |
科普资源配送 | 建设科技小院完成数 | ≥2个 | milestones_done |  |  | 科技小院 |  |  |
科普资源配送 | 下乡服务完成次数 | ≥20次 | activities_held | 下乡服务 |  |  |  |  |
科普资源配送 | 微信公众号推送数 | ≥50篇 | pushes |  |  |  |  |  |
科普资源配送 | 科普活动质量达标率 | =100% | quality_rate |  |  |  |  |  |
科普资源配送 | 配送和志愿服务及时性 | 及时 | activities_on_time | 资源配送、志愿服务 |  |  |  | 评定 |
科普资源配送 | 资源推送及时性 | 及时 | milestones_on_time |  |  | 资源推送 |  | 评定 |
科普资源配送 | 基层科普服务能力提升情况 | 有效提升 | - |  |  |  |  | 评定 |
科普资源配送 | 媒体报道影响力提升情况 | ≥50篇 | media_reports |  |  |  |  |  |
科普资源配送 | 长效管理制度健全性 | 健全 | milestones_on_time |  |  | 制度 |  | 评定 |
科普资源配送 | 受众群体满意度 | ≥90% | satisfaction |  |  |  |  |  |
惠民科普直通车 | 直通车走进村居数量 | ≥60场 | activities_held |  | 村居 |  |  |  |
惠民科普直通车 | 活动受众人数 | ≥1200人 | people_reached |  |  |  |  |  |
惠民科普直通车 | 微信公众号推送数 | ≥40篇 | pushes |  |  |  |  |  |
惠民科普直通车 | 惠民科普直通车活动质量完成率 | ≥100% | quality_rate |  |  |  |  |  |
惠民科普直通车 | 信息发布及时 | 及时 | releases_on_time |  |  |  |  | 评定 |
惠民科普直通车 | 媒体影响力提升情况 | ≥40篇 | media_reports |  |  |  |  |  |
惠民科普直通车 | 科普形式多样性 | 内容形式多样 | forms_used |  |  |  |  | 评定 |
惠民科普直通车 | 参与人员满意度 | ≥85% | satisfaction |  |  |  |  |  |
"""

# indicator | target | measure | kinds | venue kinds | milestone kind | online
COUNTED = """
科普讲座举办场次 | ≥30场 | activities_held | | | | | 讲座
举办科普活动场次 | ≥100场 | activities_held
科普活动次数 | ≥50次 | activities_held
科普活动数量 | ≥20项 | activities_held
举办科普展览 | ≥5个 | activities_held | | | | | 展览
科学咖啡馆 | ≥5场 | activities_held
志愿服务活动场次 | ≥40场 | activities_held | 志愿服务
科技志愿者服务活动次数 | ≥40次 | activities_held
三下乡服务次数 | ≥20次 | activities_held | 下乡服务
资源配送场次 | ≥80场 | activities_held | 资源配送
全国科普日主场活动 | =1场 | activities_held | 科普日主场
全国科普月主场活动 | =1场 | activities_held | 科普月主场
全国科普月主场活动质量达标率 | =100% | quality_rate | 科普月主场
全国科普日活动 | ≥2场 | activities_held | 科普日、科普日主场
科普大篷车进校园 | ≥3场 | activities_held | 科普大篷车 | 学校
科普竞赛 | ≥1场 | activities_held | | | | | 竞赛
讲座等活动场次 | ≥10场 | activities_held
讲座、展览场次 | ≥10场 | activities_held | | | | | 讲座、展览
浦东新区活动场次 | ≥10场 | activities_held | | | | | | 310115
社区活动场次 | ≥10场 | activities_held
服务对象满意度 | ≥90%以上 | satisfaction
服务对象满意度 | ≥90百分比 | satisfaction
线上科普活动参与人次 | ≥10000人次 | people_reached | | | | 线上观众
科技活动周主场活动 | =1场 | activities_held | 科技活动周主场
科普专家讲座场次 | ≥10场 | activities_held | | | | | 讲座
走进学校场次 | ≥30场 | activities_held | | 学校
社区书院科普活动场次 | ≥30场 | activities_held | | 社区书院
科技小院活动场次 | ≥20场 | activities_held | | 科技小院
线上直播活动场次 | ≥10场 | activities_held | | 线上
线上线下活动场次 | ≥10场 | activities_held
工作会议次数 | ≥12次 | manual
工作例会场次 | ≥12场 | manual
现场调研次数 | ≥5次 | manual
设备维护次数 | ≥12次 | manual
走进村居数量 | ≥60个 | manual
科普活动基地数 | ≥5个 | manual
科普活动方案数 | ≥5个 | manual
活动安全事故次数 | =0次 | manual
活动取消次数 | ≤2次 | manual
科普活动天数 | ≥7天 | manual
科普展品更新数 | ≥10件 | manual
科普展板制作数量 | ≥20块 | manual
图书配送数量 | ≥1000册 | manual
科普资源配送量 | ≥500份 | manual
参与单位数 | ≥30家 | manual
受众人次 | ≥2000人次 | people_reached
活动参与人次 | ≥1万人次 | people_reached
服务群众人数 | ≥5000人 | people_reached
惠及居民 | ≥3000人 | people_reached
覆盖人数 | ≥5000人 | people_reached
志愿服务受益人数 | ≥500人 | people_reached | 志愿服务
线上直播观看人次 | ≥10万人次 | people_reached | | | | 线上观众
线上线下活动受众人数 | ≥5000人 | people_reached | | | | 线上
科普志愿者人数 | ≥1000人 | manual
培养科普讲解员 | ≥20人 | manual
科普人才培养数 | ≥20人 | manual
场均参与人数 | ≥50人 | manual
公众号粉丝数 | ≥1万人 | manual
受众人数增长率 | ≥10% | manual
覆盖区数 | ≥16个 | districts_covered
活动覆盖全市各区 | =16个区 | districts_covered
受众覆盖面 | ≥16区 | districts_covered
下乡服务覆盖区数 | ≥9个 | districts_covered | 下乡服务
覆盖街镇数 | ≥100个 | manual
覆盖社区数 | ≥16个 | manual
覆盖学校数 | ≥30所 | manual
覆盖面 | ≥200个 | manual
覆盖率 | ≥90% | manual
公众号发文量 | ≥100篇 | pushes
微信推文数量 | ≥60条 | pushes
公众号推送篇数 | ≥40 | pushes
微信公众号推送次数 | ≥12次 | push_batches
微信公众号推送期数 | ≥12期 | push_batches
微信公众号推送活动数 | ≥3场 | activities_pushed
公众号阅读量 | ≥10万次 | manual
微信群数量 | ≥50个 | manual
微信小程序访问量 | ≥1000次 | manual
短视频发布数 | ≥20条 | manual
微博推送数 | ≥50条 | manual
媒体宣传报道数 | ≥20篇 | media_reports
媒体报道次数 | ≥10次 | media_reports
新闻报道篇数 | ≥10篇 | media_reports
新媒体平台发布数 | ≥100条 | manual
参与报道媒体家数 | ≥10家 | manual
负面媒体报道 | ≤0篇 | manual
媒体报道曝光量 | ≥100万次 | manual
科普形式种类 | ≥5种 | forms_used
活动形式数 | ≥4个 | forms_used
受众满意度 | ≥90% | satisfaction
社会公众满意率 | ≥85% | satisfaction
参与群众满意度 | ≥95 | satisfaction
志愿服务满意度 | ≥90% | satisfaction | 志愿服务
科普志愿者满意度 | ≥90% | manual
参与单位满意度 | ≥90% | manual
工作人员满意度 | ≥90% | manual
受众满意度 | ≥4.5分 | manual
受众满意度 | ≥0.9 | manual
活动满意度调查次数 | ≥2次 | manual
活动按时开展率 | ≥95% | activities_on_time
活动及时率 | =100% | activities_on_time
配送服务及时率 | ≥98% | activities_on_time | 资源配送
信息发布及时率 | ≥95% | releases_on_time
推文发布及时率 | ≥95% | releases_on_time
各项工作完成及时率 | =100% | milestones_on_time | | | 工作节点
科普资源推送及时率 | ≥95% | milestones_on_time | | | 资源推送
项目按时完成率 | =100% | everything_on_time
任务完成及时率 | =100% | milestones_on_time | | | 工作节点
资金拨付及时率 | =100% | manual
投诉处理及时率 | =100% | manual
展品更新及时率 | =100% | manual
服务响应及时率 | =100% | manual
活动完成率 | =100% | manual
质量达标率 | =100% | quality_rate
活动合格率 | ≥95% | quality_rate
下乡服务质量达标率 | =100% | quality_rate | 下乡服务
展品质量合格率 | ≥95% | manual
工程验收合格率 | =100% | manual
培训合格率 | ≥90% | manual
设备完好率 | ≥95% | manual
资金节约率 | ≥0% | cost_saving
预算节约率 | ≤5% | cost_saving
节约成本 | ≥10万元 | manual
能源节约率 | ≥5% | manual
预算执行率 | ≥95% | manual
人均成本 | ≤50元 | cost_per_head
人均活动成本 | ≤60元/人 | cost_per_head
每场人均成本 | ≤60元 | cost_per_head
线上人均成本 | ≤5元/人次 | cost_per_head |  |  |  | 线上
单位成本 | ≤60元/人 | cost_per_head
总成本 | ≤30万元 | total_cost
项目总成本 | ≤300000元 | total_cost
年度总成本 | <30万元 | total_cost
项目成本 | ≤30万元 | total_cost
预算控制数 | ≤104万元 | total_cost
单场活动成本 | ≤5000元 | cost_per_activity
场均成本 | ≤0.5万元 | cost_per_activity
每场活动平均成本 | ≤5000元/场 | cost_per_activity
单位成本 | ≤3000元/场 | cost_per_activity
配送活动单场成本 | ≤3000元/场 | cost_per_activity | 资源配送
分项成本 | ≤3万元 | manual
设备采购总成本 | ≤3万元 | manual
单项业务成本 | ≤3万元 | manual
志愿者人均费用 | ≤100元 | manual
社会成本 | ≤1万元 | manual
总成本降低额 | ≥1万元 | manual
成本控制率 | ≤100% | manual
制定管理制度数 | ≥3项 | milestones_done | | | 制度
新建科技小院 | ≥2家 | milestones_done | | | 科技小院
科普资源推送次数 | ≥12次 | milestones_done | | | 资源推送
重点工作节点 | ≥10项 | milestones_done | | | 工作节点
"""

# indicator | target in words | measure shown as evidence | milestone kind
JUDGED = """
长效机制建设情况 | 健全 | milestones_on_time | 制度
项目管理制度 | 健全 | milestones_on_time | 制度
制度执行有效性 | 有效 | -
活动举办情况 | 及时 | activities_on_time
信息发布及时性 | 及时 | releases_on_time
工作完成及时性 | 及时 | milestones_on_time | 工作节点
资金使用及时性 | 及时 | -
媒体影响力 | 提升 | media_reports
活动形式 | 丰富多样 | forms_used
活动形式创新性 | 创新 | -
公众科学素质 | 提升 | -
科普服务能力 | 有效提升 | -
受众反馈 | 满意 | satisfaction
科普活动质量 | 优良 | quality_rate
"""
