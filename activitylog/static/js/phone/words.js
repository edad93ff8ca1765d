// Where an entry is, in words and a tone of badge.css; the same words everywhere.
export const isUnsaved = (entry) => entry.state !== "saved" || entry.photos.length > 0;

export const standing = (entry, outlook) => {
  if (entry.state === "refused") return { word: "被退回", tone: "back", more: entry.sentence };
  if (entry.state === "saved" && entry.same === false) return { word: "已保存", tone: "done", more: entry.sentence };
  if (entry.state === "saved" && entry.photos.length) {
    const more = `编号 ${entry.number} 已保存，还有 ${entry.photos.length} 张照片`;
    if (outlook.isSending) return { word: "正在发送", tone: "wait", more };
    return { word: "在本机", tone: "plan", more: outlook.needsSignIn ? `${more}，登录后自动发送` : `${more}等网络` };
  }
  if (entry.refusedPhotos) {
    const more = `编号 ${entry.number} 已保存，但有 ${entry.refusedPhotos} 张照片没有存上：${entry.photoSentence}照片还在本机，可以再传一次。`;
    return { word: "被退回", tone: "back", more };
  }
  if (entry.state === "saved") return { word: "已保存", tone: "done", more: `编号 ${entry.number}` };
  if (entry.state === "editing") return { word: "在本机", tone: "plan", more: `对 ${entry.edit} 的修改，还没有保存` };
  if (entry.state === "draft") return { word: "在本机", tone: "plan", more: "还没有提交" };
  if (outlook.needsSignIn) return { word: "在本机", tone: "plan", more: "登录已过期，登录后自动发送" };
  if (entry.state === "sending" && outlook.isSending) return { word: "正在发送", tone: "wait", more: "" };
  if (entry.isTried && entry.trouble) return { word: "在本机", tone: "plan", more: `还没有收下：${entry.trouble}本机会自动再发，不会重复登记` };
  if (entry.isTried) return { word: "在本机", tone: "plan", more: "没有收到回音，有网络时自动再发，不会重复登记" };
  return { word: "在本机", tone: "plan", more: "有网络时自动发送" };
};
