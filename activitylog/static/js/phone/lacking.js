// What the server would miss, said at once: an entry that waits for a network must not come back for a blank.
import { today } from "./days.js";

export const lacking = (form, then) => {
  const blank = (name) => !form[name].value.trim();
  const said = {};
  if (blank("project_id")) said.project_id = "请选择项目。";
  if (blank("title")) said.title = "请填写活动名称。";
  if (then === "plan") {
    if (blank("planned_on") && blank("held_on")) said.planned_on = "请填写计划日期。";
    return said;
  }
  if (blank("held_on")) said.held_on = "请填写举办日期；还没有举办的，请点“保存计划”。";
  else if (form.held_on.value > today()) said.held_on = "举办日期还没有到；请先保存为计划，办完再提交。";
  if (blank("district")) said.district = "请选择所在区；线上举办的选最后一项。";
  if (blank("audience_onsite") && blank("audience_online")) said.audience_onsite = "请填写现场人数，没有现场观众的填 0。";
  return said;
};
