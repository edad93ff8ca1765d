// Makes an element: properties, then children; never from markup, since the words come from people.
export const element = (tag, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child != null));
  return made;
};

export const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });
