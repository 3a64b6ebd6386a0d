// Tells the kernel, once a page, that the panel is there. What was sent while the page was loading is lost to it.
export default () => {
  let told = false;
  return {
    render({ model, el }) {
      el.style.display = "none";
      if (!told) model.send("shown");
      told = true;
    },
  };
};
