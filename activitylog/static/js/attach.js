// Pages work without any of this. A behaviour is a function of the element that names it in data-behaviour.
const behaviours = {};
