// CT_API: marks what the shared library exports; everything else stays hidden.
#pragma once

#if defined(CT_STATIC)
#define CT_API
#elif defined(_WIN32)
#if defined(CT_BUILDING)
#define CT_API __declspec(dllexport)
#else
#define CT_API __declspec(dllimport)
#endif
#else
#define CT_API __attribute__((visibility("default")))
#endif
