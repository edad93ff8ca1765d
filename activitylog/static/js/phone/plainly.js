// The way a form goes without any script: the server answers with its page.
import { element } from "./element.js";

export const sendPlainly = (form, then) => {
  form.append(element("input", { type: "hidden", name: "then", value: then }));
  form.submit();
};
